"""Preflight on the real API server: what a person reads before anything is touched."""
import unittest

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster, condition


def lone_replica(name):
    return workloads.deployment(name, 1)


def findings_of(item):
    return condition(item, "PreflightPassed").get("message", "")


def touched(events):
    """Accepted requests of the controller that change a node, a pod or a Job."""
    return [event for event in events if event.user == audit.CONTROLLER and event.accepted and
            event.verb in ("create", "update", "patch", "delete") and
            event.resource in ("nodes", "pods", "pods/eviction", "jobs") and "dryRun" not in event.uri]


def pod_webhook():
    """Asked about pods of namespaces that do not exist here, so that it refuses nothing in this cluster."""
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
    selector = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}]}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "policy"},
            "webhooks": [{"name": "pods.policy.example", "rules": [rule], "namespaceSelector": selector,
                          "clientConfig": {"service": {"namespace": "default", "name": "hooks"}},
                          "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}


def ready_endpoint():
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "hooks-1", "labels": {"kubernetes.io/service-name": "hooks"}},
            "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": True}}],
            "ports": [{"name": "", "port": 443, "protocol": "TCP"}]}


class Preflight(unittest.TestCase):
    def setUp(self):
        self.maxDiff = None

    def prepare(self, cluster):
        """One impossible budget, one pod under two budgets, one single replica, one pod pinned to its node."""
        node = cluster.workers[0]
        pinned = workloads.deployment("pinned", 2)
        pinned["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
        cluster.client.patch("nodes", node, {"metadata": {"labels": {"kubernetes.io/hostname": node}}})
        both = workloads.budget("both", max_unavailable=1)
        both["spec"]["selector"] = {"matchLabels": {"app": "db"}}
        cluster.add_workloads(
            workloads.deployment("web", 3), workloads.budget("web", max_unavailable=0),
            workloads.stateful_set("db", 2), workloads.budget("db", max_unavailable=1), both,
            lone_replica("single"), pinned)

    def events(self, cluster):
        """The reasons of all that was told of the object."""
        return {event["reason"] for event in cluster.client.list("events", "default")
                if UPGRADE == event.get("involvedObject", event.get("regarding", {})).get("name")}

    def show(self, cluster):
        """What kubectl prints stays in the run's folder, to be quoted."""
        text = ""
        for words in (("get", "clusterupgrades"), ("describe", "clusterupgrade", UPGRADE),
                      ("get", "events", "--namespace", "default", "--field-selector",
                       f"involvedObject.name={UPGRADE}")):
            text += f"$ kubectl {' '.join(words)}\n{cluster.plane.kubectl(*words).stdout}\n"
        (cluster.folder / "preflight.txt").write_text(text)
        return text

    def test_all_is_said_before_anything_is_touched_and_the_cure_lets_it_go_on(self):
        with Cluster("preflight", workers=2) as cluster:
            self.prepare(cluster)
            cluster.start_controller()
            cluster.apply_upgrade()
            stalled = cluster.wait_condition("Stalled", reason="PreflightRefused")
            message = condition(stalled, "Stalled")["message"]
            self.assertTrue(message.startswith("3 findings: BudgetNeverAllows default/web: "), message)
            self.assertIn("TwoBudgets default/db-0: ", message)
            self.assertIn("TwoBudgets default/db-1: ", message)
            self.assertEqual(condition(stalled, "PreflightPassed")["status"], "False")
            warnings = "\n".join(stalled["status"]["warnings"])
            self.assertIn("SingleReplica default/single: Deployment runs one pod", warnings)
            self.assertIn("PinnedPod default/pinned-", warnings)
            wanted = {"BudgetNeverAllows", "TwoBudgets", "SingleReplica", "PinnedPod", "UpgradeStalled"}
            wait_until(lambda: self.events(cluster), wanted.issubset, what="Events", timeout=20)
            text = self.show(cluster)
            self.assertIn("PreflightRefused", text)
            self.assertEqual(touched(cluster.audit()), [])
            self.assertEqual(cluster.cordoned(), [])

            cluster.client.delete("poddisruptionbudgets", "both", "default")
            wait_until(lambda: findings_of(cluster.upgrade()), lambda text: text.startswith("1 finding: "),
                       what="one finding less", timeout=20)
            cluster.patch_upgrade({"spec": {"preflight": {"ignore": ["BudgetNeverAllows=default/other"]}}})
            cluster.wait_condition("Stalled", reason="PreflightRefused")
            self.assertEqual(touched(cluster.audit()), [])
            cluster.client.patch("poddisruptionbudgets", "web", {"spec": {"maxUnavailable": 1}}, "default")
            cluster.wait_condition("Ready")

    def test_paused_it_is_only_looked_at_and_policies_name_their_role(self):
        with Cluster("preflight-paused", workers=1) as cluster:
            cluster.add_workloads(workloads.pod("alone"))
            cluster.start_controller()
            cluster.apply_upgrade(paused=True, drain={"unmanagedPods": "Recreate", "onTimeout": "Delete"})
            refused = cluster.wait_condition("PreflightPassed", "False", "PreflightRefused")
            self.assertIn("DeleteNotAllowed production: ", findings_of(refused))
            self.assertIn("RecreateNotAllowed production: ", findings_of(refused))
            self.assertEqual(condition(refused, "Ready")["reason"], "Paused")

            cluster.patch_upgrade({"spec": {"drain": {"unmanagedPods": "Refuse", "onTimeout": "Fail"}}})
            refused = cluster.wait_upgrade(lambda item: "UnmanagedPods default/alone" in findings_of(item),
                                           "the pod is refused")
            self.assertEqual(condition(refused, "PreflightPassed")["status"], "False")

            cluster.patch_upgrade({"spec": {"preflight": {"ignore": ["UnmanagedPods"]}}})
            passed = cluster.wait_condition("PreflightPassed")
            self.assertIn("(ignored by spec.preflight.ignore)", passed["status"]["warnings"][0])
            self.assertEqual(touched(cluster.audit()), [])
            cluster.patch_upgrade({"spec": {"paused": False}})
            cluster.wait_condition("Ready")

    def test_an_api_that_a_minor_on_the_way_removes_stops_the_upgrade_once_a_client_has_asked_for_it(self):
        cluster = Cluster("preflight-apis", workers=1, version="v1.36.3")
        cluster.plane.api_options = ["--runtime-config=networking.k8s.io/v1beta1=true"]
        with cluster:
            cluster.plane.kubectl("get", "--raw", "/apis/networking.k8s.io/v1beta1/ipaddresses")
            cluster.start_controller()
            cluster.apply_upgrade(version="v1.37.2", executor="External")
            stalled = cluster.wait_condition("Stalled", reason="PreflightRefused")
            message = condition(stalled, "Stalled")["message"]
            self.assertIn("RemovedApiInUse ipaddresses.v1beta1.networking.k8s.io: ", message)
            self.assertIn("v1.37 serves it no longer", message)
            self.assertEqual(touched(cluster.audit()), [])
            accepted = ["RemovedApiInUse=ipaddresses.v1beta1.networking.k8s.io"]
            cluster.patch_upgrade({"spec": {"preflight": {"ignore": accepted}}})
            cluster.wait_condition("PreflightPassed")

    def test_a_webhook_that_nobody_answers_for_stops_the_upgrade_until_it_has_an_endpoint(self):
        with Cluster("preflight-webhook", workers=1) as cluster:
            cluster.client.create("validatingwebhookconfigurations", pod_webhook())
            cluster.start_controller()
            cluster.apply_upgrade()
            stalled = cluster.wait_condition("Stalled", reason="PreflightRefused")
            message = condition(stalled, "Stalled")["message"]
            self.assertIn("WebhookUnavailable policy: webhook pods.policy.example fails closed, and its Service "
                          "default/hooks has no ready endpoint, so that these are refused where it applies: the "
                          "creation of pods; make its pods Ready", message)
            self.assertEqual(touched(cluster.audit()), [])
            cluster.client.create("endpointslices", ready_endpoint(), "default")
            cluster.wait_condition("Ready")
            slices = {event.uri.partition("?")[0] for event in cluster.audit()
                      if event.user == audit.CONTROLLER and event.resource == "endpointslices"}
            self.assertEqual(slices, {"/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"})

    def test_a_job_that_the_server_refuses_is_found_by_a_dry_run(self):
        with Cluster("preflight-job", workers=1) as cluster:
            cluster.start_controller()
            bad = {"spec": {"containers": [{"name": "upgrade", "image": ""}]}}
            body = workloads.upgrade()
            body["spec"]["executor"]["job"]["template"] = bad
            cluster.human.apply("clusterupgrades", body, manager="kubectl")
            stalled = cluster.wait_condition("Stalled", reason="PreflightRefused")
            self.assertIn("JobRefused production: ", condition(stalled, "Stalled")["message"])
            self.assertIn("image", condition(stalled, "Stalled")["message"])
            self.assertEqual(touched(cluster.audit()), [])


if __name__ == "__main__":
    unittest.main()
