"""kill -9 at every step, failover between replicas, and the API server away in the middle."""
import time
import unittest

import audit
import workloads
from api_client import wait_until
from harness import Cluster

TARGET = "v1.36.3"
STEPS = ("Pulling", "Cordoning", "Draining", "Upgrading", "Verifying", "Uncordoning")


class Killed(unittest.TestCase):
    def test_the_upgrade_ends_the_same_after_a_kill_at_each_step(self):
        with Cluster("killed", workers=5, work_seconds=2) as cluster:
            slow = workloads.times(termination="2s")
            cluster.add_workloads(workloads.deployment("web", 10, annotations=slow))
            cluster.start_controller()
            cluster.apply_upgrade()
            for step, node in zip(STEPS, ("cp-1", *cluster.workers)):
                with self.subTest(step=step):
                    self.kill_at(cluster, step, node)
            cluster.wait_condition("Ready", timeout=240)
            self.assertEqual(set(cluster.versions().values()), {TARGET})
            self.assertEqual(cluster.cordoned(), [])
            events = cluster.audit()
            self.assertEqual(audit.most_at_once(audit.cordons(events))[0], 1)
            created = audit.job_creations(events)
            self.assertEqual(set(created.values()), {1})
            self.assertEqual({attempt for _, _, attempt in created}, {"1"})

    def kill_at(self, cluster, step, node):
        """Kills the controller as soon as the watch shows that the step is durable."""
        for _, item in cluster.client.watch("clusterupgrades", timeout=60):
            entries = item.get("status", {}).get("inProgress", [])
            if any(entry["name"] == node and entry["step"] == step for entry in entries):
                break
        else:
            self.fail(f"{node} was never seen in {step}")
        controller = cluster.controllers["controller-1"]
        controller.kill()
        controller.start().wait_alive()


class Failover(unittest.TestCase):
    def test_the_standby_goes_on_within_20_s_after_the_leader_is_killed(self):
        with Cluster("failover", workers=2, work_seconds=1) as cluster:
            cluster.start_controller("controller-1")
            cluster.start_controller("controller-2")
            leader = cluster.leader()
            # the drain is held up, so that work is left whenever the standby takes over
            cluster.add_workloads(workloads.deployment("web", 2), workloads.held_budget("web", 2))
            cluster.apply_upgrade()
            cluster.wait_step("Draining", "worker-1")
            for name in ("clusterupgrade_info", "clusterupgrade_drain_blocked"):
                wait_until(lambda n=name: [each.metric(n) for each in cluster.controllers.values()],
                           lambda shown: min(shown) == 0 < max(shown), what=f"{name} comes from one replica")
            killed_at = time.time()
            leader.kill()
            cluster.let_go()
            cluster.wait_condition("Ready", timeout=180)
            first = audit.first_write_after(cluster.audit(), killed_at)
            took = first.start - killed_at
            (cluster.folder / "failover.txt").write_text(
                f"{took:.2f} s from kill -9 of the leader to the first write of the next ({first.verb} "
                f"{first.resource})\n")
            self.assertLess(took, 20)
            self.assertEqual(set(cluster.versions().values()), {TARGET})
            self.assertEqual(cluster.cordoned(), [])

    def test_a_leader_that_is_stopped_hands_over_at_once(self):
        with Cluster("handover", workers=1) as cluster:
            cluster.start_controller("controller-1")
            cluster.start_controller("controller-2")
            leader = cluster.leader()
            standby = next(each for each in cluster.controllers.values() if each is not leader)
            began = time.time()
            leader.stop()
            self.assertEqual(leader.popen.returncode, 0)
            wait_until(standby.leads, what="the standby leads")
            self.assertLess(time.time() - began, 10)


class ApiServerAway(unittest.TestCase):
    def test_a_restart_of_the_api_server_in_the_middle_is_survived(self):
        with Cluster("api-away", workers=2, work_seconds=2) as cluster:
            cluster.start_controller()
            cluster.apply_upgrade()
            for node in ("cp-1", "worker-1"):
                cluster.wait_step("Upgrading", node)
                cluster.plane.restart_api(kill=True)
            cluster.wait_condition("Ready", timeout=180)
            self.assertEqual(set(cluster.versions().values()), {TARGET})
            self.assertEqual(cluster.cordoned(), [])
            self.assertEqual(set(audit.job_creations(cluster.audit()).values()), {1})


if __name__ == "__main__":
    unittest.main()
