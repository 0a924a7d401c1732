"""The executor's images are pulled before a node is cordoned: no drained node waits for one, and a wrong one moves no
pod."""
import time
import unittest

import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster

JOBS = "cluster-upgrade-jobs"
PULL = 20


class Pull(unittest.TestCase):
    """One control plane; each upgrade has a node of its own, so that no image is there yet."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("pull", control_planes=0, workers=0))
        cls.client = cls.cluster.client
        cls.cluster.start_controller()

    def clean_up(self, node):
        self.cluster.human.delete("clusterupgrades", UPGRADE)
        self.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone", timeout=60)
        self.client.delete("nodes", node)

    def from_cordon_to_program(self, node, pre_pull, pull_seconds):
        """In seconds."""
        self.cluster.add_nodes([node])
        self.cluster.agent.behave(node, pullSeconds=pull_seconds)
        self.cluster.apply_upgrade(pre_pull=pre_pull)
        cordoned = []

        def look():
            if not cordoned and node in self.cluster.cordoned():
                cordoned.append(time.time())
            return next((run["time"] for run in self.cluster.agent.runs if run["node"] == node), None)
        try:
            started = wait_until(look, what=f"the program on {node} runs", timeout=90, every=0.05)
            self.assertTrue(cordoned, "it was never seen cordoned")
            self.cluster.wait_condition("Ready", "True")
            return started - cordoned[0]
        finally:
            self.clean_up(node)

    def test_a_drained_node_waits_for_no_image(self):
        there = self.from_cordon_to_program("there", True, 0)
        pulled = self.from_cordon_to_program("pulled", True, PULL)
        late = self.from_cordon_to_program("late", False, PULL)
        print(f"from the cordon to the program: {there:.1f} s with the image there, {pulled:.1f} s with a pull of "
              f"{PULL} s before it, {late:.1f} s with prePull: false")
        self.assertLess(pulled, there + PULL / 4)
        self.assertGreater(late, PULL)
        self.assertEqual(self.client.list("jobs", JOBS, labels="clusterupgrade.io/pulls-images"), [])

    def test_an_image_that_cannot_be_had_moves_no_pod(self):
        self.cluster.add_nodes(["wrong"])
        self.cluster.add_workloads(workloads.deployment("web", 1))
        pods = {pod["metadata"]["uid"] for pod in self.client.list("pods", "default")}
        self.cluster.agent.behave("wrong", imageProblem="InvalidImageName")
        self.addCleanup(self.clean_up, "wrong")
        self.cluster.apply_upgrade()
        failed = self.cluster.wait_condition("Stalled", "True")
        failure, = failed["status"]["failures"]
        print("failed:", failure["message"])
        self.assertEqual(failure["reason"], "ImageNotPulled")
        self.assertEqual(failure["message"], "the executor's image cannot be pulled: InvalidImageName: no such image; "
                         "nothing was changed")
        self.assertEqual({pod["metadata"]["uid"] for pod in self.client.list("pods", "default")}, pods)
        self.assertEqual(self.cluster.cordoned(), [])

        # A person mends it.
        self.cluster.agent.behave("wrong")
        self.cluster.human.patch("clusterupgrades", UPGRADE, {"metadata": {"annotations": {
            "clusterupgrade.io/retry": "1"}}})
        self.cluster.wait_condition("Ready", "True")


if __name__ == "__main__":
    unittest.main()
