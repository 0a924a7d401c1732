"""The main job against a real control plane: one object takes every node up, control plane first, one at a time."""
import unittest

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster, condition

TARGET = "v1.36.3"


class Upgrade(unittest.TestCase):
    """One upgrade of a mixed cluster, looked at from every side."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("upgrade", control_planes=2, workers=3))
        cls.cluster.add_workloads(
            workloads.deployment("web", 6), workloads.budget("web", max_unavailable=1),
            workloads.stateful_set("db", 2), workloads.daemon_set("agent"),
            workloads.pod("alone", node_name="worker-1"),
            workloads.pod("scratch", node_name="worker-2", empty_dir=True))
        cls.cluster.cordon("worker-3")
        cls.cluster.start_controller()
        cls.cluster.apply_upgrade()
        cls.output = cls.cluster.plane.kubectl(
            "wait", "--for=condition=Ready", f"clusterupgrade/{UPGRADE}", "--timeout=180s")
        cls.after_wait = cls.cluster.upgrade()
        cls.versions = cls.cluster.versions()
        cls.events = cls.cluster.audit()

    def test_kubectl_wait_returns_when_every_node_is_at_the_target(self):
        self.assertEqual(condition(self.after_wait, "Ready")["status"], "True")
        self.assertEqual(set(self.versions.values()), {TARGET})

    def test_the_humans_cordon_is_kept_and_ours_are_lifted(self):
        self.assertEqual(self.cluster.cordoned(), ["worker-3"])
        for node in self.cluster.client.list("nodes"):
            self.assertNotIn(audit.CORDONED_BY, node["metadata"].get("annotations", {}))

    def test_never_two_nodes_at_once_and_the_control_plane_first(self):
        spans = audit.cordons(self.events)
        self.assertEqual(audit.most_at_once(spans)[0], 1)
        last_control_plane = max(span[1] for node in ("cp-1", "cp-2") for span in spans[node])
        first_worker = min(span[0] for node, found in spans.items() if node.startswith("worker") for span in found)
        self.assertLess(last_control_plane, first_worker)

    def test_what_is_lost_is_named(self):
        warnings = "\n".join(self.after_wait["status"]["warnings"])
        self.assertIn("default/alone", warnings)
        self.assertIn("default/scratch", warnings)

    def test_one_job_for_each_node(self):
        created = audit.job_creations(self.events)
        self.assertEqual(len(created), 5)
        self.assertEqual(set(created.values()), {1})

    def test_events_tell_the_start_and_the_end_of_each_node(self):
        told = {(event["reason"], event["note"].split(":")[0]) for event in
                self.cluster.client.list("eventsv1", "default")
                if event.get("reportingController") == "clusterupgrade.io/controller"}
        for node in self.versions:
            self.assertIn(("NodeUpgradeStarted", node), told)
            self.assertIn(("NodeUpgraded", node), told)

    def test_metrics_show_the_end(self):
        controller = self.cluster.controllers["controller-1"]
        # what is shown is made anew at most once a second
        wait_until(lambda: controller.metric("clusterupgrade_progress_ratio", upgrade=UPGRADE),
                   lambda ratio: ratio == 1, "the metric shows the end", timeout=5)
        self.assertEqual(controller.metric("clusterupgrade_condition", type="Ready", status="True"), 1)
        self.assertGreaterEqual(controller.metric("clusterupgrade_evictions_total", code="201"), 8)

    def test_the_token_is_never_logged(self):
        token = next(self.cluster.folder.rglob("*.token")).read_text().strip()
        self.assertNotIn(token, self.cluster.controllers["controller-1"].log.read_text())


class Refusals(unittest.TestCase):
    """Targets that are refused by a condition; nothing is touched."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("refusals", workers=1))
        cls.cluster.start_controller()

    def refused(self, reason, **spec):
        self.cluster.apply_upgrade(**spec)
        self.addCleanup(self.cluster.client.delete, "clusterupgrades", UPGRADE)
        item = self.cluster.wait_condition("Stalled", reason=reason, timeout=20)
        self.assertEqual(audit.cordons(self.cluster.audit()), {})
        return condition(item, "Stalled")["message"]

    def test_two_minors_at_once(self):
        self.assertIn("v1.36", self.refused("MinorSkipped", version="v1.37.2"))

    def test_a_downgrade(self):
        self.assertIn("cp-1", self.refused("DowngradeRefused", version="v1.34.4"))

    def test_a_built_in_executor_without_an_image(self):
        self.assertIn("--executor-image-kubeadm", self.refused("NoExecutorImage", executor="Kubeadm"))


if __name__ == "__main__":
    unittest.main()
