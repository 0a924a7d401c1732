"""What the API server refuses: before the first cordon a finding, later told soon, and the node given back."""
import time
import unittest

import workloads
from api_client import ApiError, wait_until
from harness import Cluster, condition

JOBS = "cluster-upgrade-jobs"
PODS = f"/api/v1/namespaces/{JOBS}/pods"
PRIVILEGED = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"}, "spec": {
    "containers": [{"name": "c", "image": "i", "securityContext": {"privileged": True}}]}}
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
UNPRIVILEGED = ("!object.spec.containers.exists(c, has(c.securityContext) && has(c.securityContext.privileged) && "
                "c.securityContext.privileged)")


def policy(name, group_resource, expression, message, operations=("CREATE",)):
    """A ValidatingAdmissionPolicy and its binding."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": list(operations), "resources": [group_resource]}
    head = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
    return ({**head, "kind": "ValidatingAdmissionPolicy",
             "spec": {"matchConstraints": {"resourceRules": [rule]},
                      "validations": [{"expression": expression, "message": message}]}},
            {**head, "kind": "ValidatingAdmissionPolicyBinding",
             "spec": {"policyName": name, "validationActions": ["Deny"]}})


NO_PRIVILEGE = policy("no-privileged", "pods", UNPRIVILEGED, "privileged containers are forbidden by the platform team")
NO_CORDON = policy("no-cordon", "nodes", "!has(object.spec.unschedulable) || !object.spec.unschedulable",
                   "nodes are frozen this week", ("UPDATE",))


class Admission(unittest.TestCase):
    """One control plane; each test has a node of its own."""

    count = 0

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("admission", control_planes=0, workers=0))
        cls.client = cls.cluster.client
        cls.cluster.start_controller()

    def setUp(self):
        type(self).count += 1
        self.node = f"node-{self.count}"
        self.cluster.add_nodes([self.node])
        self.addCleanup(self.clean_up)

    def clean_up(self):
        self.cluster.human.delete("clusterupgrades", "production")
        self.client.wait_for("clusterupgrades", "production", lambda item: item is None, "gone", timeout=60)
        self.client.delete("nodes", self.node)

    # -- what refuses -------------------------------------------------------------------------------------------
    def refuse_by(self, pair, method, path, body):
        """From now on a policy refuses this request; returns what ends that, at the latest with the test."""
        for item, collection in zip(pair, (POLICIES, BINDINGS)):
            self.client.request("POST", collection, item)
        self.wait_answer(True, method, path, body)
        names = [f"{collection}/{item['metadata']['name']}" for item, collection in zip(pair, (POLICIES, BINDINGS))]

        def end():
            while names:
                self.client.request("DELETE", names.pop())
            self.wait_answer(False, method, path, body)
        self.addCleanup(end)
        return end

    def wait_answer(self, refused, method="POST", path=PODS, body=None):
        """Policies, quotas and labels take a moment until they are obeyed."""
        def is_refused():
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            try:
                self.client.request(method, path, body or PRIVILEGED, {"dryRun": "All"}, kind)
            except ApiError as error:
                return error.code in (403, 422)
            return False
        wait_until(is_refused, lambda seen: seen == refused, what=f"refused: {refused}", timeout=30)

    def limit(self, kind, name, spec):
        """A ResourceQuota or LimitRange in the namespace of Jobs, until the test ends."""
        path = f"/api/v1/namespaces/{JOBS}/{kind.lower()}s"
        body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": JOBS}, "spec": spec}
        self.client.request("POST", path, body)
        self.addCleanup(self.wait_answer, False)
        self.addCleanup(self.client.request, "DELETE", f"{path}/{name}")
        self.wait_answer(True)

    def level(self, level):
        self.client.patch("namespaces", JOBS, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}})
        self.wait_answer(level != "privileged")

    # -- tests --------------------------------------------------------------------------------------------------
    def check_found(self, finding, words):
        """Before the first cordon, in the server's words; nothing is touched."""
        self.cluster.apply_upgrade()
        # What another test was refused is asked again after half a minute.
        self.cluster.wait_upgrade(
            lambda item: condition(item, "Stalled").get("reason") == "PreflightRefused" and
            finding in condition(item, "Stalled")["message"] and words in condition(item, "Stalled")["message"],
            f"{finding} {words}", timeout=90)
        self.assertEqual(self.cluster.cordoned(), [])
        (self.cluster.folder / f"{self.id().split('.')[-1]}.txt").write_text(
            self.cluster.plane.kubectl("get", "clusterupgrade", "production", "-o", "wide").stdout +
            self.cluster.plane.kubectl("describe", "clusterupgrade", "production").stdout)

    def test_a_quota_that_wants_limits_is_found_before_the_first_cordon(self):
        self.limit("ResourceQuota", "default", {"hard": {"limits.cpu": "10", "limits.memory": "10Gi"}})
        self.check_found("PodRefused production: ", "must specify limits.cpu")

    def test_a_limit_range_is_found_before_the_first_cordon(self):
        self.limit("LimitRange", "small", {"limits": [{"type": "Pod", "min": {"memory": "1Gi"}}]})
        self.check_found("PodRefused production: ", "memory")

    def test_pod_security_is_found_before_the_first_cordon(self):
        self.level("baseline")
        self.addCleanup(self.level, "privileged")
        self.check_found("PodRefused production: ", "violates PodSecurity")

    def test_a_policy_for_pods_is_found_and_its_end_lets_the_upgrade_go_on(self):
        end = self.refuse_by(NO_PRIVILEGE, "POST", PODS, PRIVILEGED)
        self.check_found("PodRefused production: ", "forbidden by the platform team")
        end()
        self.cluster.wait_condition("Ready", timeout=90)

    def test_a_policy_for_nodes_is_found_before_the_first_cordon(self):
        self.refuse_by(NO_CORDON, "PATCH", f"/api/v1/nodes/{self.node}", {"spec": {"unschedulable": True}})
        self.check_found(f"CordonRefused {self.node}: ", "nodes are frozen this week")

    def test_a_policy_that_comes_after_the_drain_is_told_soon_and_the_node_given_back(self):
        self.cluster.add_workloads(workloads.deployment("held", 1), workloads.held_budget("held", 1))
        self.addCleanup(self.client.delete, "deployments", "held", "default")
        self.addCleanup(self.client.delete, "poddisruptionbudgets", "held", "default")
        self.cluster.apply_upgrade()
        self.cluster.wait_step("Draining", self.node)
        self.refuse_by(NO_PRIVILEGE, "POST", PODS, PRIVILEGED)
        self.cluster.let_go("held")
        self.cluster.wait_step("Upgrading", self.node)
        begun = time.monotonic()
        told = self.cluster.wait_upgrade(
            lambda item: any("rejects its pod" in entry.get("message", "") and "platform team" in entry["message"]
                             for entry in item["status"].get("inProgress", [])), "told", timeout=20)
        self.assertLess(time.monotonic() - begun, 15)
        print("told:", told["status"]["inProgress"][0]["message"])
        failed = self.cluster.wait_upgrade(lambda item: item["status"].get("failures") and
                                           not item["status"].get("inProgress"), "given back", timeout=125)
        failure = failed["status"]["failures"][0]
        print("given back after", round(time.monotonic() - begun), "s:", failure["message"])
        self.assertLess(time.monotonic() - begun, 120)
        self.assertEqual(failure["reason"], "JobNeverStarted")
        self.assertIn("platform team", failure["message"])
        self.assertEqual(self.cluster.cordoned(), [])
        self.assertEqual(self.client.list("jobs", JOBS, labels=f"clusterupgrade.io/node={self.node}"), [])

    def test_a_pod_that_the_kubelet_rejects_has_changed_nothing(self):
        self.cluster.agent.behave(self.node, rejects="OutOfcpu")
        self.cluster.apply_upgrade(failurePolicy={"maxAttempts": 1})
        failed = self.cluster.wait_upgrade(lambda item: item["status"].get("failures") and
                                           not item["status"].get("inProgress"), "given back", timeout=60)
        failure = failed["status"]["failures"][0]
        print("rejected:", failure["message"])
        self.assertEqual(failure["reason"], "JobNeverStarted")
        self.assertIn("OutOfcpu: Pod was rejected", failure["message"])
        self.assertFalse(failure.get("nodeChanged", False))
        self.assertEqual(self.cluster.cordoned(), [])

    def test_a_containers_last_words_are_in_the_failure(self):
        self.cluster.agent.behave(self.node, failTimes=1)
        self.cluster.apply_upgrade(failurePolicy={"maxAttempts": 1})
        failed = self.cluster.wait_upgrade(lambda item: item["status"].get("failures"), "failed", timeout=60)
        failure = failed["status"]["failures"][0]
        print("failed:", failure["message"])
        self.assertIn("container upgrade ended with exit code 1 (Error): fetching the release no space left on device",
                      failure["message"])
        self.assertEqual(self.cluster.cordoned(), [self.node])


if __name__ == "__main__":
    unittest.main()
