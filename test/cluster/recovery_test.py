"""Applications that tolerate the loss of one node, over a whole upgrade: how many of their pods are Ready, looked at
every 50 ms.

    RECOVERY_START=40s RECOVERY_WORKERS=6 python3 -m unittest -v recovery_test    takes slower pods and more nodes
"""
import collections
import os
import threading
import time
import unittest

import workloads
from harness import UPGRADE, Cluster, condition

START = os.environ.get("RECOVERY_START", "6s")
# With two nodes in work at a time, spread pods still have two nodes to go to.
WORKERS = int(os.environ.get("RECOVERY_WORKERS", "5"))
PERIOD = 0.05


def is_ready(pod):
    return not pod["metadata"].get("deletionTimestamp") and condition(pod, "Ready").get("status") == "True"


class Sampler:
    """Counts the Ready pods of each app until it is left."""

    def __init__(self, client):
        self.client = client
        self.least = {}
        self.samples = 0
        self.error = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        if self.error:
            raise self.error

    def run(self):
        try:
            self.look()
        except Exception as error:  # the test's own thread tells it
            self.error = error

    def look(self):
        while not self.done.wait(PERIOD):
            ready = collections.Counter(pod["metadata"]["labels"].get("app", "") for pod in
                                        self.client.list("pods", "default") if is_ready(pod))
            for app in ("web", "db"):
                self.least[app] = min(self.least.get(app, 1000), ready[app])
            self.samples += 1


class Recovery(unittest.TestCase):
    def upgraded(self, cluster, timeout=900):
        return cluster.wait_condition("Ready", timeout=timeout)

    def cluster_with(self, name, *objects):
        cluster = self.enterContext(Cluster(name, workers=WORKERS))
        cluster.add_workloads(*objects)
        return cluster

    def test_two_spread_replicas_never_without_a_ready_pod(self):
        cluster = self.cluster_with(
            "recovery-two", workloads.deployment("web", 2, annotations=workloads.times(start=START)))
        cluster.start_controller()
        with Sampler(cluster.human) as sampler:
            cluster.apply_upgrade()
            self.upgraded(cluster)
        print(f"web: least Ready {sampler.least['web']} of 2 in {sampler.samples} samples, start {START}")
        self.assertGreaterEqual(sampler.least["web"], 1)

    def test_with_two_nodes_at_a_time_and_a_new_leader_midway(self):
        db = workloads.stateful_set("db", 3, annotations=workloads.times(start=START))
        db["spec"]["template"]["spec"]["topologySpreadConstraints"] = \
            workloads.deployment("db", 3)["spec"]["template"]["spec"]["topologySpreadConstraints"]
        cluster = self.cluster_with(
            "recovery-many", workloads.deployment("web", 2, annotations=workloads.times(start=START)), db)
        cluster.start_controller()
        with Sampler(cluster.human) as sampler:
            cluster.apply_upgrade(pools=[{"name": "all", "maxUnavailable": 2}])
            cluster.wait_step("Upgrading", "worker-1")
            cluster.controllers["controller-1"].kill()
            cluster.start_controller("controller-2")
            self.upgraded(cluster)
        print(f"least Ready: web {sampler.least['web']} of 2, db {sampler.least['db']} of 3 "
              f"in {sampler.samples} samples, start {START}")
        self.assertGreaterEqual(sampler.least["web"], 1)
        self.assertGreaterEqual(sampler.least["db"], 1)

    def test_a_workload_that_cannot_come_back_is_named_and_waited_for_in_bounds(self):
        cluster = self.cluster_with("recovery-never", workloads.stateful_set("db", 2))
        # What is made from now on does not start.
        cluster.client.patch("statefulsets", "db", {"spec": {
            "updateStrategy": {"type": "OnDelete", "rollingUpdate": None},
            "template": {"metadata": {"annotations": workloads.times(start="1h")}}}}, "default")
        cluster.start_controller()
        began = time.monotonic()
        cluster.apply_upgrade(drain={"recoveryTimeoutSeconds": 30})
        held = cluster.wait_condition("Ready", status="False", reason="WaitingForWorkloads")
        self.assertIn("StatefulSet default/db (since ", condition(held, "Ready")["message"])
        print(cluster.plane.kubectl("get", "clusterupgrade", UPGRADE).stdout)
        done = self.upgraded(cluster)
        print(cluster.plane.kubectl("get", "clusterupgrade", UPGRADE).stdout, f"after {time.monotonic() - began:.0f} s")
        self.assertIn("StatefulSet default/db does not have as many Ready pods", "\n".join(done["status"]["warnings"]))


if __name__ == "__main__":
    unittest.main()
