"""spec.drain.unmanagedPods: Recreate on the real API server: stand-alone pods are saved and created again, once."""
import unittest

import audit
import workloads
from controller import ROOT
from harness import Cluster, condition

ROLE = "deploy/optional/recreate-pods.yaml"
CLASSES = """
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: important}
value: 1000
preemptionPolicy: Never
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: sandboxed}
handler: sandboxed
overhead: {podFixed: {memory: 64Mi}}
scheduling:
  tolerations: [{key: sandbox, operator: Exists}]
"""


def lone_pod(name, **times):
    """A pod whose spec admission has filled in wherever it can."""
    pod = workloads.pod(name, annotations=workloads.times(**times))
    pod["spec"].update(priorityClassName="important", runtimeClassName="sandboxed", hostname="db", initContainers=[
        {"name": "init", "image": "registry.example.com/init:1"}])
    return pod


def prepare(cluster, role=True):
    classes = cluster.folder / "classes.yaml"
    classes.write_text(CLASSES)
    cluster.plane.kubectl("apply", "-f", classes)
    if role:
        cluster.plane.kubectl("apply", "-f", ROOT / ROLE)


def writes(events, verb, resource):
    """Accepted requests of the controller, no dry runs."""
    return [event for event in events if event.user == audit.CONTROLLER and event.verb == verb and
            event.resource == resource and event.accepted and "dryRun=" not in event.uri]


class Recreated(unittest.TestCase):
    def check_one_copy(self, cluster, before, after):
        """One pod, another than before, whose owner would not see a difference; and nothing is left over."""
        self.assertNotEqual(after["metadata"]["uid"], before["metadata"]["uid"])
        self.assertEqual(after["status"]["phase"], "Running")
        for key in ("priorityClassName", "priority", "preemptionPolicy", "overhead", "hostname", "tolerations"):
            self.assertEqual(after["spec"].get(key), before["spec"].get(key), key)
        self.assertEqual([volume["name"][:15] for volume in after["spec"]["volumes"]], ["kube-api-access"])
        self.assertEqual(cluster.client.list("podtemplates"), [])
        events = cluster.audit()
        evicted = [event for event in writes(events, "create", "pods/eviction")
                   if event.name == before["metadata"]["name"]]
        self.assertEqual(len(writes(events, "create", "pods")), len(evicted))
        self.assertGreater(len(evicted), 0)
        # The watch may show it before the answer is complete.
        self.assertLess(writes(events, "create", "podtemplates")[0].start, evicted[0].start)

    def test_a_lone_pod_runs_elsewhere_afterwards_and_its_pod_template_is_gone(self):
        with Cluster("recreate", workers=2) as cluster:
            prepare(cluster)
            cluster.add_workloads(lone_pod("db", termination="1s"))
            before = cluster.client.get("pods", "db", "default")
            cluster.start_controller()
            cluster.apply_upgrade(drain={"unmanagedPods": "Recreate"})
            done = cluster.wait_condition("Ready")
            self.assertEqual(done["status"].get("savedPods", 0), 0)
            self.assertEqual(len(cluster.client.list("pods", "default")), 1)
            self.check_one_copy(cluster, before, cluster.client.get("pods", "db", "default"))

    def test_a_kill_after_each_of_its_stages_neither_loses_nor_doubles_it(self):
        with Cluster("recreate-killed", workers=1) as cluster:
            prepare(cluster)
            cluster.add_workloads(lone_pod("db", start="4s", termination="4s"))
            before = cluster.client.get("pods", "db", "default")
            cluster.start_controller()
            cluster.apply_upgrade(drain={"unmanagedPods": "Recreate"})
            self.kill_when(cluster, "podtemplates", lambda kind, _: kind == "ADDED")
            self.kill_when(cluster, "pods", lambda _, pod: pod["metadata"].get("deletionTimestamp"))
            self.kill_when(cluster, "pods", lambda kind, pod: kind == "ADDED" and
                           pod["metadata"]["uid"] != before["metadata"]["uid"])
            cluster.wait_condition("Ready", timeout=240)
            self.check_one_copy(cluster, before, cluster.client.get("pods", "db", "default"))

    def kill_when(self, cluster, resource, holds):
        for kind, item in cluster.client.watch(resource, "default", timeout=90):
            if kind != "BOOKMARK" and holds(kind, item):
                break
        else:
            self.fail(f"never seen of {resource}")
        controller = cluster.controllers["controller-1"]
        controller.kill()
        controller.start().wait_alive()

    def test_a_pod_that_a_quota_keeps_out_is_named_until_there_is_room(self):
        with Cluster("recreate-quota", workers=1) as cluster:
            prepare(cluster)
            cluster.add_workloads(lone_pod("db", termination="3s"))
            cluster.start_controller()
            cluster.apply_upgrade(drain={"unmanagedPods": "Recreate"})
            cluster.client.wait_for("pods", "db", lambda pod: pod["metadata"].get("deletionTimestamp"), "evicted",
                                    "default")
            quota = cluster.folder / "quota.yaml"
            quota.write_text("{apiVersion: v1, kind: ResourceQuota, metadata: {name: none, namespace: default}, "
                             "spec: {hard: {pods: '0'}}}")
            cluster.plane.kubectl("apply", "-f", quota)
            waiting = cluster.wait_condition("Reconciling", "True", "PodsToRecreate")
            self.assertIn("exceeded quota", condition(waiting, "Reconciling")["message"])
            self.assertEqual(waiting["status"]["savedPods"], 1)
            cluster.plane.kubectl("delete", "-f", quota)
            cluster.wait_condition("Ready", timeout=240)
            self.assertEqual(cluster.client.list("podtemplates"), [])

    def test_without_the_role_nothing_is_cordoned_and_the_hint_is_given(self):
        with Cluster("recreate-refused", workers=1) as cluster:
            prepare(cluster, role=False)
            cluster.add_workloads(lone_pod("db"))
            cluster.start_controller()
            cluster.apply_upgrade(drain={"unmanagedPods": "Recreate"})
            refused = cluster.wait_condition("Stalled", "True", "PreflightRefused")
            self.assertIn(ROLE, condition(refused, "Stalled")["message"])
            self.assertEqual(cluster.cordoned(), [])
            prepare(cluster)
            cluster.wait_condition("Ready")


if __name__ == "__main__":
    unittest.main()
