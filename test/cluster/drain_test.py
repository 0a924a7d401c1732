"""The drain against a real API server: every answer to an eviction, pods that will not go, and people."""
import unittest

import audit
import workloads
from api_client import ApiError, wait_until
from drain_case import SPARE, DrainCase
from node_agent import DESIRED_ANNOTATION


class Answers(DrainCase):
    """What the API server says to an eviction, and what becomes of the drain."""

    cluster_name = "drain-answers"

    def test_a_pod_is_evicted_by_its_uid(self):
        self.web(replicas=3, held=False)
        uids = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in self.pods("web")}
        self.drain()
        self.wait_ready()
        asked = {event.name: event.request["deleteOptions"]["preconditions"]["uid"] for event in self.evictions()}
        self.assertEqual(asked, uids)

    def test_a_pod_that_somebody_deletes_meanwhile_is_done(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        pod, = self.pods("web")
        self.cluster.human.delete("pods", pod["metadata"]["name"], self.ns, grace=0)
        self.wait_ready()

    def test_429_by_a_budget_is_waited_for_until_the_budget_opens(self):
        self.web(replicas=2)
        self.drain()
        by, entry, item = self.wait_blocked("DisruptionBudget")
        self.assertEqual((by["kind"], by["namespace"], by["name"]), ("PodDisruptionBudget", self.ns, "web"))
        self.assertEqual((entry["drain"]["evicted"], entry["drain"]["total"]), (0, 2))
        self.assertIn(f"{self.ns}/web", self.reconciling(item))
        self.let_go()
        self.wait_ready()

    def test_429_of_a_budget_that_its_controller_has_not_seen_yet_is_no_blame_on_the_budget(self):
        self.web(replicas=2)
        self.client.patch("poddisruptionbudgets", "web", {"spec": {"minAvailable": 1}}, self.ns)
        self.client.wait_for("poddisruptionbudgets", "web",
                             lambda item: item["status"]["disruptionsAllowed"] == 1, "open", self.ns)
        with self.controller_manager_stopped():
            self.client.patch("poddisruptionbudgets", "web", {"spec": {"minAvailable": 0}}, self.ns)
            self.drain()
            self.wait_blocked("BudgetNotYetObserved", "PodDisruptionBudget", "web")
        self.wait_ready()

    def test_403_in_a_namespace_that_is_being_deleted_is_waited_for(self):
        self.web(replicas=1, held=False)
        with self.controller_manager_stopped():
            self.client.delete("namespaces", self.ns)
            self.drain()
            self.wait_blocked("NamespaceTerminating")
        self.wait_ready()

    def test_500_for_two_budgets_names_the_pod_and_ends_when_one_of_them_goes(self):
        self.web(replicas=1, held=False)
        for name in ("one", "two"):
            item = workloads.budget("web", self.ns, min_available=0)
            item["metadata"]["name"] = name
            self.fill(item)
        self.drain(ignore=["TwoBudgets"])
        pod, = self.pods("web")
        self.wait_blocked("TwoBudgets", "Pod", pod["metadata"]["name"])
        self.client.delete("poddisruptionbudgets", "two", self.ns)
        self.wait_ready()

    def test_403_without_the_right_to_evict_says_what_the_server_says(self):
        self.web(replicas=1, held=False)
        with self.without_right("pods/eviction"):
            self.drain()
            _, _, item = self.wait_blocked("Forbidden", "Pod")
            self.assertIn("cannot create resource", self.reconciling(item))


class AsTheServerSays(DrainCase):
    """The form of the answers, which the controller tells apart; asked with the controller's own account."""

    cluster_name = "drain-server"

    def refusal(self, name, uid=None):
        """(code, reason, causes' reasons) of an eviction."""
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": self.ns}}
        if uid:
            body["deleteOptions"] = {"preconditions": {"uid": uid}}
        account = self.cluster.account_client()
        with self.assertRaises(ApiError) as refused:
            account.create("pods", body, self.ns, "eviction")
        account.close()
        error = refused.exception
        causes = [cause.get("reason") for cause in error.body.get("details", {}).get("causes", [])]
        return error.code, error.reason, causes, error.message

    def test_no_such_pod(self):
        self.assertEqual(self.refusal("nobody")[:2], (404, "NotFound"))

    def test_a_pod_of_another_uid(self):
        self.fill(self.pod("alone"))
        code, reason, _, message = self.refusal("alone", "00000000-0000-0000-0000-000000000000")
        self.assertEqual((code, reason), (409, "Conflict"))
        self.assertIn("UID", message)

    def test_a_budget_that_allows_nothing(self):
        self.web()
        pod, = self.pods("web")
        self.assertEqual(self.refusal(pod["metadata"]["name"])[:3], (429, "TooManyRequests", ["DisruptionBudget"]))

    def test_a_namespace_that_is_being_deleted(self):
        self.fill(self.pod("alone"))
        with self.controller_manager_stopped():
            self.client.delete("namespaces", self.ns)
            self.assertEqual(self.refusal("alone")[:3], (403, "Forbidden", ["NamespaceTerminating"]))

    def test_no_right(self):
        self.fill(self.pod("alone"))
        with self.without_right("pods/eviction"):
            code = wait_until(lambda: self.refusal("alone")[0], what="refused", timeout=5)
            self.assertEqual(code, 403)


class PodsThatStay(DrainCase):
    """Pods that come back, come late, or will not go."""

    cluster_name = "drain-pods"

    def test_a_stateful_pod_that_comes_back_elsewhere_under_its_name_is_left_alone(self):
        self.fill(workloads.stateful_set("db", 1, self.ns))
        self.web()
        old = self.client.get("pods", "db-0", self.ns)["metadata"]["uid"]
        self.drain()
        new = self.client.wait_for("pods", "db-0", lambda pod: pod and pod["metadata"]["uid"] != old
                                   and pod["spec"].get("nodeName") == SPARE, "elsewhere", self.ns)
        self.let_go()
        self.wait_ready()
        self.assertEqual(self.client.get("pods", "db-0", self.ns)["metadata"]["uid"], new["metadata"]["uid"])
        self.assertEqual(len(self.evictions("db-0")), 1)

    def test_a_pod_that_lands_late_by_its_own_node_name_leaves_as_well(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        workloads.create(self.client, self.pod("late"))
        self.gone("late")
        self.let_go()
        self.wait_ready()

    def test_a_finalizer_is_named(self):
        held = self.pod("kept")
        held["metadata"]["finalizers"] = ["example.com/keep"]
        held["spec"]["terminationGracePeriodSeconds"] = 1
        self.fill(held)
        self.drain()
        _, _, item = self.wait_blocked("Finalizer", "Pod", "kept")
        self.assertIn(f"{self.ns}/kept", self.reconciling(item))
        workloads.remove_finalizers(self.client, "pods", "kept", self.ns)
        self.wait_ready()

    def test_a_long_grace_is_shown_with_its_end(self):
        slow = self.pod("slow", annotations=workloads.times(termination="4s"))
        slow["spec"]["terminationGracePeriodSeconds"] = 600
        self.fill(slow)
        self.drain()
        _, _, item = self.wait_blocked("Terminating", "Pod", "slow")
        end = self.client.get("pods", "slow", self.ns)["metadata"]["deletionTimestamp"]
        self.assertIn(end, self.reconciling(item))
        self.wait_ready()

    def test_daemon_set_pods_stay(self):
        self.cluster.add_workloads(workloads.daemon_set("agent", self.ns))
        before = {pod["metadata"]["uid"] for pod in self.pods("agent")}
        self.drain()
        self.wait_ready()
        self.assertEqual({pod["metadata"]["uid"] for pod in self.pods("agent")}, before)

    def test_the_four_places_agree_on_why_it_waits(self):
        self.web()
        self.drain()
        by, entry, item = self.wait_blocked("DisruptionBudget")
        message = self.reconciling(item)
        self.assertIn(f"{by['kind']} {by['namespace']}/{by['name']}", message)
        self.assertIn(by["since"], message)
        told = wait_until(lambda: [event["note"] for event in self.client.list("eventsv1", "default")
                                   if event["reason"] == "DrainBlocked" and self.node in event["note"]],
                          what="the Event")
        self.assertIn(f"{by['kind']} {by['namespace']}/{by['name']}", told[0])
        self.assertIn(by["since"], told[0])
        controller = self.cluster.controllers["controller-1"]
        wait_until(lambda: controller.metric("clusterupgrade_drain_blocked", node=self.node, reason=by["reason"]),
                   lambda value: value == 1, "the metric says the same", timeout=5)
        self.let_go()
        self.wait_ready()
        wait_until(lambda: controller.metric("clusterupgrade_drain_blocked"), lambda value: value == 0,
                   "nothing blocks any more", timeout=5)


class Cordons(DrainCase):
    """Who cordoned, who uncordoned, and in which order."""

    cluster_name = "drain-cordons"

    def test_a_cordon_from_before_is_kept(self):
        self.web(held=False)
        self.cluster.cordon(self.node)
        self.drain()
        self.wait_ready()
        self.assertEqual(self.cluster.cordoned(), [self.node])

    def test_a_wish_to_stay_cordoned_that_is_spoken_after_our_cordon_is_kept(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        self.cluster.human.patch("nodes", self.node, {"metadata": {"annotations": {
            "clusterupgrade.io/keep-cordoned": "true"}}})
        self.let_go()
        self.wait_ready()
        self.assertEqual(self.cluster.cordoned(), [self.node])

    def test_a_human_who_cordons_after_us_keeps_nothing_and_breaks_nothing(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        self.cluster.cordon(self.node)
        self.let_go()
        self.wait_ready()

    def test_our_annotation_taken_off_while_draining_comes_back_and_goes_at_the_end(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        self.cluster.human.patch("nodes", self.node, {"metadata": {"annotations": {audit.CORDONED_BY: None}}})
        self.cluster.wait_node(self.node, lambda node: audit.CORDONED_BY in node["metadata"]["annotations"], "ours")
        self.let_go()
        self.wait_ready()

    def test_an_uncordon_while_draining_stops_the_evictions(self):
        self.web()
        self.drain()
        self.wait_blocked("DisruptionBudget")
        self.cluster.cordon(self.node, unschedulable=False)
        item = self.cluster.wait_upgrade(lambda found: found["status"].get("postponed"), "postponed")
        self.assertEqual(item["status"]["postponed"][0]["reason"], "UncordonedByUser")
        self.let_go()
        self.cluster.wait_condition("Stalled", reason="NodesFailed")
        self.assertEqual(self.evictions(code=201), [])

    def test_an_uncordon_while_upgrading_is_seen_through(self):
        self.web(held=False)
        self.cluster.agent.behave(self.node, workSeconds=2)
        self.drain()
        self.cluster.wait_node(self.node, lambda node: DESIRED_ANNOTATION in node["metadata"].get("annotations", {}),
                               "handed over")
        self.cluster.cordon(self.node, unschedulable=False)
        self.wait_ready()
        self.assertEqual(self.cluster.cordoned(), [])

    def test_a_user_s_own_load_balancer_label_is_left_alone(self):
        label = "node.kubernetes.io/exclude-from-external-load-balancers"
        self.cluster.human.patch("nodes", self.node, {"metadata": {"labels": {label: "mine"}}})
        self.drain()
        self.wait_ready()
        self.assertEqual(self.cluster.node(self.node)["metadata"]["labels"][label], "mine")


if __name__ == "__main__":
    unittest.main()
