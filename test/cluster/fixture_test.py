"""The test cluster itself: what kwok and the node agent play must look like kubelets to the controller."""
import time
import unittest

import audit
import workloads
from api_client import ApiError
from harness import Cluster
from node_agent import UNREADY_ANNOTATION, condition_status

JOBS = "cluster-upgrade-jobs"
TARGET = "v1.36.3"


def upgrade_job(name, node):
    """A Job as the controller makes it, in what matters here."""
    container = {"name": "upgrade", "image": "registry.example.com/upgrade:1",
                 "env": [{"name": "CLUSTERUPGRADE_VERSION", "value": TARGET}]}
    spec = {"nodeName": node, "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
            "containers": [container]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": JOBS},
            "spec": {"backoffLimit": 0, "podReplacementPolicy": "Failed", "template": {"spec": spec}}}


def version_of(node):
    return node["status"]["nodeInfo"]["kubeletVersion"]


class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("fixture", workers=7))
        cls.client = cls.cluster.client

    def run_job(self, node, **behaviour):
        """Runs an upgrade Job on the node to its end; returns the Job."""
        self.cluster.agent.behave(node, **behaviour)
        self.client.create("jobs", upgrade_job(f"cu-{node}", node), JOBS)
        return self.client.wait_for("jobs", f"cu-{node}", lambda job: job["status"].get("completionTime")
                                    or job["status"].get("failed"), "ended", JOBS)

    def test_a_job_changes_its_nodes_version_and_completes(self):
        job = self.run_job("worker-1")
        self.assertEqual(job["status"].get("succeeded"), 1)
        self.assertEqual(version_of(self.cluster.node("worker-1")), TARGET)

    def test_a_job_that_is_told_to_fail_changes_nothing(self):
        job = self.run_job("worker-2", failTimes=1)
        self.assertEqual(job["status"].get("failed"), 1)
        self.assertEqual(version_of(self.cluster.node("worker-2")), "v1.35.4")

    def test_a_reboot_drops_ready_changes_the_boot_and_kills_the_pod(self):
        self.cluster.add_workloads(workloads.daemon_set("agent"))
        before = self.cluster.node("worker-3")["status"]["nodeInfo"]["bootID"]
        start = time.time()
        job = self.run_job("worker-3", notReadySeconds=7, newBoot=True, killOwnPod=True)
        self.assertEqual(job["status"].get("failed"), 1)
        node = self.cluster.wait_node("worker-3", lambda item: condition_status(item) == "True", "Ready again")
        self.assertNotEqual(node["status"]["nodeInfo"]["bootID"], before)
        self.assertEqual(version_of(node), TARGET)
        states = audit.node_states(self.cluster.audit())["worker-3"]
        self.assertTrue(any(not state.ready and state.time > start for state in states))
        workloads.workload_ready(self.client, workloads.daemon_set("agent"))

    def test_a_node_that_never_comes_back_stays_not_ready(self):
        self.run_job("worker-4", neverBack=True)
        self.cluster.wait_node("worker-4", lambda item: any(
            taint["key"] == "node.kubernetes.io/not-ready" for taint in item["spec"].get("taints", [])), "tainted")
        self.assertEqual(condition_status(self.cluster.node("worker-4")), "False")

    def test_an_external_upgrade_follows_the_annotation(self):
        self.client.patch("nodes", "worker-5", {"metadata": {"annotations": {
            "clusterupgrade.io/desired-version": TARGET}}})
        self.cluster.wait_node("worker-5", lambda item: version_of(item) == TARGET, "at the target")

    def test_a_container_that_never_starts_leaves_its_pod_pending(self):
        self.cluster.agent.behave("worker-6", pendingSeconds=3600)
        self.client.create("jobs", upgrade_job("cu-worker-6", "worker-6"), JOBS)
        pod = self.client.wait_for("jobs", "cu-worker-6", lambda job: job["status"].get("active"), "active", JOBS)
        pod, = self.client.list("pods", JOBS, labels="job-name=cu-worker-6")
        self.assertEqual(pod["status"]["phase"], "Pending")

    def test_an_evicted_pod_takes_its_time_and_an_unready_one_stays_unready(self):
        slow = workloads.pod("slow", annotations=workloads.times(termination="2s"), node_name="worker-7")
        mute = workloads.pod("mute", annotations={UNREADY_ANNOTATION: "true"}, node_name="worker-7")
        self.cluster.add_workloads(slow, mute)
        self.client.patch("pods", "mute", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
                          "default", "status", "strategic")
        start = time.monotonic()
        self.client.evict("slow", "default")
        self.client.wait_for("pods", "slow", lambda pod: pod is None, "gone", "default")
        self.assertGreater(time.monotonic() - start, 1.5)
        self.assertEqual(condition_status(self.client.get("pods", "mute", "default")), "False")


class Access(unittest.TestCase):
    def test_the_service_account_may_patch_nodes_but_not_delete_them_and_survives_a_restart_of_the_api(self):
        with Cluster("access", control_planes=0, workers=1) as cluster:
            account = cluster.account_client()
            account.patch("nodes", "worker-1", {"metadata": {"annotations": {"clusterupgrade.io/seen": "true"}}})
            with self.assertRaises(ApiError) as refused:
                account.delete("nodes", "worker-1")
            self.assertEqual(refused.exception.code, 403)
            for kill in (False, True):
                cluster.plane.restart_api(kill=kill)
                self.assertEqual(len(account.list("nodes")), 1)
            account.close()
            self.assertEqual(audit.requests(cluster.audit())["patch", "nodes"], 1)


if __name__ == "__main__":
    unittest.main()
