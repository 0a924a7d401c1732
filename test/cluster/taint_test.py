"""Evicted pods prefer upgraded nodes: how often a pod is evicted in a whole upgrade, with and without the taint on nodes
that are still to be drained, and what is left of the taint.

    TAINT_WORKERS=8 TAINT_PODS=30 TAINT_LATER=0 python3 -m unittest -v taint_test    takes more nodes
    and pods, and all nodes equally full
"""
import os
import unittest

import audit
import workloads
from harness import UPGRADE, Cluster

WORKERS = int(os.environ.get("TAINT_WORKERS", "4"))
PODS = int(os.environ.get("TAINT_PODS", "10"))  # on each node
KEY = "clusterupgrade.io/outdated"
LATER = int(os.environ.get("TAINT_LATER", str(WORKERS // 2)))  # workers that have no pods at first
THEIRS = {"key": "team", "value": "red", "effect": "PreferNoSchedule"}


def applications(count):
    """Deployments of four, spread as the scheduler does by itself."""
    plain = []
    for number in range(count // 4):
        app = workloads.deployment(f"app-{number}", 4)
        del app["spec"]["template"]["spec"]["topologySpreadConstraints"]
        plain.append(app)
    return plain


class Taint(unittest.TestCase):
    def taints(self, cluster):
        """{node: the values of its taints of our key}"""
        found = {node["metadata"]["name"]: [taint.get("value", "") for taint in node["spec"].get("taints", [])
                                            if taint["key"] == KEY] for node in cluster.client.list("nodes")}
        return {name: values for name, values in found.items() if values}

    def cluster_with_pods(self, name, work_seconds=0.3, later=0):
        """`later` of the workers come when the pods are there: after a drain the scheduler prefers the emptiest node, so that
        it needs no taint where all are equally full."""
        cluster = self.enterContext(Cluster(name, workers=WORKERS - later, work_seconds=work_seconds))
        cluster.add_workloads(*applications(WORKERS * PODS))
        cluster.add_nodes([f"worker-{number + 1}" for number in range(WORKERS - later, WORKERS)])
        return cluster

    def evictions(self, cluster):
        return sum(1 for event in cluster.audit() if event.resource == "pods/eviction" and event.accepted
                   and event.user == audit.CONTROLLER)

    def roll(self, name, later, **drain):
        cluster = self.cluster_with_pods(name, later=later)
        cluster.start_controller()
        cluster.apply_upgrade(drain=drain)
        cluster.wait_condition("Ready", timeout=900)
        evictions = self.evictions(cluster)
        patches = [event for event in cluster.audit() if event.resource == "nodes" and event.verb == "patch"
                   and "manager=cluster-upgrade-controller-taints" in event.uri.lower()]
        pods = WORKERS * PODS
        print(f"{name}: {evictions} evictions of {pods} pods on {WORKERS} workers, {evictions / pods:.2f} for each pod; "
              f"{len(patches)} patches of taints, {sum(not each.accepted for each in patches)} of them conflicts")
        return cluster, evictions

    def test_most_pods_are_evicted_once(self):
        _, without = self.roll("taint-without", LATER, preferUpgradedNodes=False)
        cluster, evictions = self.roll("taint-with", LATER)
        self.assertEqual(self.taints(cluster), {})
        if LATER:
            self.assertLess(evictions, without)

    def test_the_taint_comes_and_goes_and_leaves_others_alone(self):
        cluster = self.cluster_with_pods("taint-shown", work_seconds=15)
        cluster.human.patch("nodes", "worker-4", {"spec": {"taints": [THEIRS]}})
        cluster.start_controller()
        uid = cluster.apply_upgrade()["metadata"]["uid"]
        cluster.wait_upgrade(lambda item: item["status"].get("outdatedNodesTainted"), "nodes are tainted")
        cluster.wait_node("worker-4", lambda node: len(node["spec"].get("taints", [])) == 2, "tainted")
        print(cluster.plane.kubectl("get", "nodes", "-o", "custom-columns=NODE:.metadata.name,TAINTS:.spec.taints[*].key,"
                                    "VALUES:.spec.taints[*].value,UNSCHEDULABLE:.spec.unschedulable").stdout)
        self.assertEqual(self.taints(cluster)["worker-4"], [uid])
        self.assertEqual(cluster.node("worker-4")["spec"]["taints"][0], THEIRS)
        cluster.human.delete("clusterupgrades", UPGRADE)
        cluster.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone")
        self.assertEqual(self.taints(cluster), {})
        self.assertEqual(cluster.node("worker-4")["spec"]["taints"], [THEIRS])

    def test_taints_of_an_object_that_went_while_nobody_looked(self):
        cluster = self.cluster_with_pods("taint-orphans", work_seconds=15)
        cluster.start_controller()
        cluster.apply_upgrade()
        cluster.wait_node("worker-4", lambda node: node["spec"].get("taints"), "tainted")
        cluster.controllers["controller-1"].kill()
        workloads.remove_finalizers(cluster.client, "clusterupgrades", UPGRADE)
        cluster.human.delete("clusterupgrades", UPGRADE)
        self.assertNotEqual(self.taints(cluster), {})
        cluster.start_controller()
        cluster.wait_node("worker-4", lambda node: not node["spec"].get("taints"), "without its taint")
        cluster.wait_node("worker-2", lambda node: not node["spec"].get("taints"), "without its taint")


if __name__ == "__main__":
    unittest.main()
