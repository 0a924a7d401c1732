"""K3s and RKE2 with Jobs that behave as Rancher's images do: the program ends at once, the kubelet comes up afterwards."""
import unittest

from harness import Cluster


class Rancher(unittest.TestCase):
    def upgrade(self, executor, suffix, image):
        with Cluster(f"rancher-{executor.lower()}", control_planes=1, workers=2, version=f"v1.35.4{suffix}") as cluster:
            cluster.start_controller()
            target = f"v1.36.3{suffix}"
            cluster.apply_upgrade(version=target, executor=executor)
            done = cluster.wait_condition("Ready", "True")
            self.assertEqual(set(cluster.versions().values()), {target})
            # Servers before agents, each node once.
            self.assertEqual([run["node"] for run in cluster.agent.runs], ["cp-1", "worker-1", "worker-2"])
            images = {container["image"] for run in cluster.agent.runs for container in run["containers"]}
            self.assertEqual(images, {f"{image}:{target.replace('+', '-')}"})
            self.assertEqual(cluster.cordoned(), [])
            self.assertFalse(done["status"].get("failures"))

    def test_k3s(self):
        self.upgrade("K3s", "+k3s1", "rancher/k3s-upgrade")

    def test_rke2(self):
        self.upgrade("RKE2", "+rke2r1", "rancher/rke2-upgrade")


if __name__ == "__main__":
    unittest.main()
