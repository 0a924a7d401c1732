"""With spec.tokenRefresh.mode Auto, every kind of workload ends as docs/TOKENS.md says."""
import unittest

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, condition, optional
from tokens_case import NEXT, QUICK, REFRESHED, AutoCase, refresh_of, told


class Upgrade(AutoCase):
    def test_what_a_drain_has_moved_is_not_replaced_again(self):
        self.start("tokens-auto-upgrade", workloads.deployment("web", 4), workloads.daemon_set("agent"),
                             tokenRefresh=QUICK)
        old = self.pods()
        since = self.ask(version=NEXT)
        item = self.cluster.wait_condition("Ready", "True", timeout=REFRESHED)
        self.assertEqual(set(self.cluster.versions().values()), {NEXT})
        self.assertEqual(condition(item, "TokensFresh")["reason"], "Fresh")
        taken = self.check_once(since)
        self.assertLessEqual({pod["metadata"]["name"] for pod in old.values()}, set(taken))
        cordon = self.first_cordon(since)
        self.assertTrue(all(event.start > cordon for event in self.evictions(since)))


class Held(AutoCase):
    def test_a_budget_without_room_is_named_and_nothing_is_lost(self):
        self.start("tokens-auto-held", workloads.deployment("web", 2), workloads.held_budget("web", 2),
                             tokenRefresh={**QUICK, "timeoutSeconds": 60})
        old = self.pods()
        since = self.ask()
        item = self.cluster.wait_condition("Ready", "False", "TokensBlocked", timeout=REFRESHED)
        print("blocked:", told(item))
        line = refresh_of(item)["laggards"][0]
        self.assertTrue(line.startswith("default/web (Deployment): 2 pods: BudgetBlocked: "), line)
        self.assertEqual(set(self.pods()), set(old))
        self.cluster.let_go()
        # an edit has it tried again at once
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"maxConcurrent": 4}}})
        self.cluster.wait_condition("TokensFresh", "True", "Fresh", timeout=120)
        self.check_once(since)


class Kinds(AutoCase):
    def test_what_a_rollout_would_not_replace_is_evicted_and_jobs_end_by_themselves(self):
        paused = workloads.deployment("paused", 2)
        paused["spec"]["paused"] = True
        on_delete = workloads.stateful_set("ondelete", 2)
        on_delete["spec"]["updateStrategy"] = {"type": "OnDelete"}
        partition = workloads.stateful_set("part", 2)
        partition["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
        self.start("tokens-auto-kinds", workloads.deployment("seed", 1), on_delete, partition,
                             workloads.pod("alone"), tokenRefresh=QUICK)
        # a paused Deployment makes no ReplicaSet: it is paused once it has its pods
        running = {**paused, "spec": {**paused["spec"], "paused": False}}
        self.cluster.add_workloads(running)
        self.client.patch("deployments", "paused", {"spec": {"paused": True}}, "default")
        workloads.create(self.client, workloads.replication_controller("rc", 2), workloads.job("import", run="10m"))
        self.client.wait_for("replicationcontrollers", "rc",
                             lambda found: found["status"].get("readyReplicas") == 2, "ready", "default")
        old = self.pods()
        since = self.ask()
        item = self.cluster.wait_condition("TokensFresh", "False", "Blocked", timeout=REFRESHED)
        left = {pod["metadata"]["name"] for uid, pod in old.items() if uid in self.pods()}
        self.assertEqual({name.split("-")[0] for name in left}, {"alone", "import"})
        lines = refresh_of(item)["laggards"]
        self.assertEqual([line.split(" (")[0] for line in lines], ["default/alone", "default/import"])
        self.assertIn(": Skipped: ", lines[0])
        self.assertIn(": JobRunning: ", lines[1])
        self.check_once(since)


class Restart(AutoCase):
    def test_a_deployment_is_restarted_once_the_right_is_there(self):
        self.start("tokens-auto-restart", workloads.deployment("web", 3),
                             tokenRefresh={**QUICK, "methods": {"deployments": "Restart"}})
        since = self.ask()
        item = self.cluster.wait_condition("TokensFresh", "False", "Blocked", timeout=REFRESHED)
        line, = refresh_of(item)["laggards"]
        self.assertIn(": RightMissing: ", line)
        self.assertIn("deploy/optional/refresh-workloads.yaml", line)
        plane = self.cluster.plane
        plane.kubectl("apply", "-f", optional("refresh-workloads.yaml"))
        wait_until(lambda: plane.kubectl("auth", "can-i", "patch", "deployments.apps", "--namespace", "default", "--as",
                                         audit.CONTROLLER, check=False).stdout.strip(),
                   lambda said: said == "yes", "the authorizer knows the role")
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"maxConcurrent": 4}}})
        item = self.cluster.wait_condition("TokensFresh", "True", "Fresh", timeout=120)
        self.assertEqual(self.evictions(since), [])
        annotations = self.client.get("deployments", "web", "default")["spec"]["template"]["metadata"]["annotations"]
        self.assertEqual(annotations["kubectl.kubernetes.io/restartedAt"], refresh_of(item)["change"]["since"])


class Harm(AutoCase):
    def test_a_workload_that_does_not_come_back_costs_one_pod_and_holds_the_rest(self):
        self.start("tokens-auto-harm", workloads.deployment("web", 2), workloads.deployment("zoo", 2),
                             tokenRefresh={**QUICK, "timeoutSeconds": 60})
        old = self.pods()
        workloads.create(self.client, workloads.quota("none", pods=1))
        since = self.ask()
        item = self.cluster.wait_condition("Ready", "False", "RefreshFailed", timeout=REFRESHED)
        print("failed:", told(item))
        self.assertEqual(condition(item, "Stalled")["status"], "True")
        failure, = refresh_of(item)["failures"]
        self.assertEqual((failure["kind"], failure["name"], failure["reason"]), ("Deployment", "web", "NotReplaced"))
        self.assertEqual(len(set(self.pods()) & set(old)), 3)
        self.client.delete("resourcequotas", "none", "default")
        self.cluster.human.patch("clusterupgrades", UPGRADE, {"metadata": {"annotations": {
            "clusterupgrade.io/retry": "1"}}})
        self.cluster.wait_condition("TokensFresh", "True", "Fresh", timeout=180)
        self.check_once(since)


if __name__ == "__main__":
    unittest.main()
