"""What people do in the middle of an upgrade: pause, delete, uncordon, exclude, a second object."""
import time
import unittest

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster, condition

TARGET = "v1.36.3"


class People(unittest.TestCase):
    """Each test holds a drain up with a budget that allows nothing now, so that people have time to act."""

    def start(self, name, **spec):
        cluster = self.enterContext(Cluster(name, control_planes=0, workers=2))
        cluster.add_workloads(workloads.deployment("web", 2), workloads.held_budget("web", 2))
        cluster.start_controller()
        cluster.apply_upgrade(**spec)
        cluster.wait_step("Draining", "worker-1")
        return cluster

    def in_a_later_second(self, cluster):
        """Creation times have whole seconds, and within one the UID decides which object is the older."""
        created = cluster.upgrade()["metadata"]["creationTimestamp"]
        wait_until(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), lambda now: now > created,
                   "a later second")

    def evictions(self, cluster):
        return [event for event in cluster.audit() if event.resource == "pods/eviction" and event.accepted
                and event.user == audit.CONTROLLER]

    def test_pause_freezes_and_resume_goes_on(self):
        cluster = self.start("pause")
        cluster.patch_upgrade({"spec": {"paused": True}})
        cluster.wait_condition("Ready", "False", "Paused")
        cluster.let_go()
        budget = cluster.client.wait_for(
            "poddisruptionbudgets", "web", lambda item: item["status"]["disruptionsAllowed"] > 0, "allows", "default")
        self.assertEqual(budget["status"]["disruptionsAllowed"], 1)
        # a later answer of the controller to an edit shows that it has planned on the open budget
        cluster.patch_upgrade({"metadata": {"annotations": {"clusterupgrade.io/retry": "1"}}})
        cluster.wait_upgrade(lambda item: item["status"].get("lastHandledRetry") == "1", "retry handled")
        self.assertEqual(self.evictions(cluster), [])
        self.assertEqual(cluster.cordoned(), ["worker-1"])
        cluster.patch_upgrade({"spec": {"paused": False}})
        cluster.wait_condition("Ready")
        self.assertEqual(set(cluster.versions().values()), {TARGET})

    def test_deletion_gives_a_draining_node_back_within_a_second_or_two(self):
        cluster = self.start("deletion")
        cluster.human.delete("clusterupgrades", UPGRADE)
        cluster.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone", timeout=10)
        self.assertEqual(cluster.cordoned(), [])
        self.assertEqual(self.evictions(cluster), [])
        self.assertEqual(set(cluster.versions().values()), {"v1.35.4"})

    def test_deletion_sees_a_started_job_through(self):
        cluster = self.enterContext(Cluster("deletion-job", control_planes=0, workers=1, work_seconds=3))
        cluster.start_controller()
        cluster.apply_upgrade()
        cluster.wait_upgrade(lambda item: any(entry.get("job", {}).get("uid")
                                              for entry in item.get("status", {}).get("inProgress", [])), "Job")
        cluster.human.delete("clusterupgrades", UPGRADE)
        cluster.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone", timeout=60)
        self.assertEqual(cluster.versions(), {"worker-1": TARGET})
        self.assertEqual(cluster.cordoned(), [])

    def test_a_human_who_uncordons_has_the_last_word_until_retry(self):
        cluster = self.start("uncordon")
        cluster.cordon("worker-1", unschedulable=False)
        item = cluster.wait_upgrade(lambda found: found["status"].get("postponed"), "postponed")
        self.assertEqual(item["status"]["postponed"][0]["reason"], "UncordonedByUser")
        cluster.let_go()
        item = cluster.wait_condition("Stalled", reason="NodesFailed")
        self.assertEqual(cluster.versions(), {"worker-1": "v1.35.4", "worker-2": TARGET})
        cluster.patch_upgrade({"metadata": {"annotations": {"clusterupgrade.io/retry": "again"}}})
        cluster.wait_condition("Ready")
        self.assertEqual(set(cluster.versions().values()), {TARGET})

    def test_exclude_gives_a_draining_node_back(self):
        cluster = self.start("exclude")
        cluster.human.patch("nodes", "worker-1", {"metadata": {"labels": {"clusterupgrade.io/exclude": "true"}}})
        cluster.let_go()
        item = cluster.wait_condition("Ready")
        self.assertEqual(item["status"]["nodes"]["skipped"], 1)
        self.assertEqual(cluster.versions(), {"worker-1": "v1.35.4", "worker-2": TARGET})
        self.assertEqual(cluster.cordoned(), [])

    def test_a_second_object_waits_and_says_why(self):
        cluster = self.start("second")
        self.in_a_later_second(cluster)
        cluster.apply_upgrade("second", version="v1.36.0")
        item = cluster.wait_condition("Stalled", reason="AnotherClusterUpgrade", name="second")
        self.assertIn(UPGRADE, condition(item, "Stalled")["message"])
        cluster.let_go()
        cluster.wait_condition("Ready")
        self.assertEqual(set(cluster.versions().values()), {TARGET})

    def test_why_it_waits_names_the_budget(self):
        cluster = self.start("why")
        item = cluster.wait_upgrade(lambda found: any(
            entry.get("blockedBy") for entry in found["status"].get("inProgress", [])), "blocked")
        blocked = item["status"]["inProgress"][0]["blockedBy"][0]
        self.assertEqual((blocked["kind"], blocked["namespace"], blocked["name"]),
                         ("PodDisruptionBudget", "default", "web"))
        self.assertIn("default/web", condition(item, "Reconciling")["message"])


class Failures(unittest.TestCase):
    def test_a_failed_attempt_is_tried_again_and_a_failed_node_stays_cordoned_until_retry(self):
        with Cluster("failures", control_planes=0, workers=2, work_seconds=0.2) as cluster:
            cluster.agent.behave("worker-1", failTimes=1)
            cluster.start_controller()
            cluster.apply_upgrade(failurePolicy={"maxAttempts": 1})
            item = cluster.wait_condition("Stalled", reason="TooManyFailed")
            self.assertEqual(item["status"]["failures"][0]["reason"], "JobFailed")
            self.assertEqual(cluster.cordoned(), ["worker-1"])
            self.assertEqual(cluster.versions()["worker-2"], "v1.35.4")
            cluster.patch_upgrade({"metadata": {"annotations": {"clusterupgrade.io/retry": "1"}}})
            cluster.wait_condition("Ready")
            self.assertEqual(cluster.cordoned(), [])
            attempts = {attempt for node, _, attempt in audit.job_creations(cluster.audit()) if node == "worker-1"}
            self.assertEqual(attempts, {"1", "2"})

    def test_external_hands_the_drained_node_to_somebody_else(self):
        with Cluster("external", control_planes=0, workers=1) as cluster:
            cluster.start_controller()
            cluster.apply_upgrade(executor="External")
            cluster.wait_condition("Ready")
            self.assertEqual(cluster.versions(), {"worker-1": TARGET})
            annotations = cluster.node("worker-1")["metadata"].get("annotations", {})
            self.assertNotIn("clusterupgrade.io/desired-version", annotations)


if __name__ == "__main__":
    unittest.main()
