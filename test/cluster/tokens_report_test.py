"""Changed keys are noticed and told, and in mode Report, which is the default, nothing is touched."""
import re
import time
import unittest

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, condition
from kube_apiserver import ISSUER, TokenKeys
from node_agent import condition_status
from token_kubelet import claims
from tokens_case import SETTLED, SOFT, Case, refresh_of, told

OTHER_ISSUER = "https://issuer.example.com"
HARD = TokenKeys(verifying=("next",), signer="next")
QUIET = 60  # seconds in which nothing is asked for


class Unchanged(Case):
    def test_the_keys_of_now_are_told(self):
        item = self.start_unchanged("tokens-unchanged", workloads.deployment("web", 2))
        refresh = refresh_of(item)
        keys = refresh["keys"]
        self.assertEqual(keys["signer"], self.key_id("sa"))
        self.assertEqual(keys["signer"], self.token.key_id)
        self.assertEqual(keys["issuer"], ISSUER)
        self.assertEqual(keys["verifying"], [self.key_id("sa")])
        self.assertEqual(refresh["phase"], "Current")
        self.assertNotIn("change", refresh)
        self.assertEqual(refresh.get("droppable", []), [])
        self.assertEqual(self.controller.metric("clusterupgrade_unauthorized_seconds"), 0)
        self.assertEqual(self.controller.metric("clusterupgrade_token_key_changes_total"), 0)
        # Ready says no more than it did
        self.cluster.wait_condition("Ready", timeout=10)

    def test_a_quiet_cluster_is_left_quiet(self):
        self.start_unchanged("tokens-quiet", workloads.deployment("web", 2))
        self.cluster.wait_condition("Ready", timeout=10)
        # beside its watches and its Lease
        begun = wait_until(self.last_request, lambda last: time.time() - last > 5, "nothing is asked for")
        wait_until(time.time, lambda now: now > begun + 5 + QUIET, f"{QUIET} s more are over", timeout=QUIET + 30)
        asked = [(event.verb, event.uri) for event in self.requests() if event.start > begun]
        self.assertEqual(asked, [])

    def requests(self):
        return [event for event in self.cluster.audit() if event.user == audit.CONTROLLER and event.verb != "watch"
                and event.resource != "leases"]

    def last_request(self):
        return self.requests()[-1].end

    def test_switched_off_it_says_nothing(self):
        self.start("tokens-off", workloads.deployment("web", 2), tokenRefresh={"mode": "Disabled"})
        item = self.cluster.wait_condition("Ready")
        self.check_off(item)
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"mode": "Report"}}})
        self.cluster.wait_condition("TokensFresh", "True", "NoChangeSeen", timeout=60)
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"mode": "Disabled"}}})
        self.check_off(self.cluster.wait_upgrade(lambda found: not condition(found, "TokensFresh"), "off again"))

    def check_off(self, item):
        self.assertNotIn("tokenRefresh", item["status"])
        self.assertEqual(condition(item, "TokensFresh"), {})


class SoftChange(Case):
    def test_a_new_signer_is_told_with_who_holds_old_tokens_until_nobody_does(self):
        bare = workloads.pod("bare")
        bare["spec"]["automountServiceAccountToken"] = False
        self.start_unchanged("tokens-soft", workloads.deployment("web", 3), workloads.pod("alone"), bare)
        old = self.pods()
        since = self.restart_api(SOFT)
        self.renew_token()
        item = self.cluster.wait_condition("TokensFresh", "False", "Stale", timeout=SETTLED)
        print("stale:", told(item))
        self.check_change(refresh_of(item))
        self.check_stale(refresh_of(item))
        self.check_metrics_and_events()
        self.check_nothing_was_touched(since, old)

        self.replace_pods(self.pods("web", "alone"))
        self.look_again()
        item = self.cluster.wait_condition("TokensFresh", "True", "Fresh", timeout=60)
        print("fresh:", told(item))
        self.check_fresh(item)

    def check_change(self, refresh):
        change = refresh["change"]
        self.assertEqual(change["reasons"], ["SigningKey"])
        self.assertEqual(change["urgency"], "Soft")
        self.assertEqual(change["oldSigners"], [self.key_id("sa")])
        self.assertEqual(change["settledBy"], "OneServer")
        # the newest of the first token with the new key and the start of the newest API server
        started = audit.seconds(self.plane.api.identity()["metadata"]["creationTimestamp"])
        self.assertEqual(audit.seconds(change["since"]), max(claims(self.token.text)["iat"], started))
        self.assertNotIn("completionTime", change)
        self.assertEqual(refresh["keys"]["signer"], self.key_id("next"))
        self.assertEqual(set(refresh["keys"]["verifying"]), {self.key_id("sa"), self.key_id("next")})

    def check_stale(self, refresh):
        self.assertEqual(refresh["phase"], "Stale")
        self.assertEqual(refresh["pods"]["stale"], 4)
        self.assertEqual(refresh["laggardsTotal"], 2)
        alone, web = refresh["laggards"]
        self.assertTrue(alone.startswith("default/alone"), alone)
        self.assertTrue(web.startswith("default/web"), web)
        self.assertEqual(refresh.get("droppable", []), [])

    def check_metrics_and_events(self):
        # what is shown is made anew at most once a second
        wait_until(lambda: self.controller.metric("clusterupgrade_token_pods", upgrade=UPGRADE, state="stale"),
                   lambda count: count == 4, "the metric shows the stale pods", timeout=5)
        self.assertEqual(self.controller.metric("clusterupgrade_token_key_changes_total"), 1)
        self.assertEqual(self.controller.metric("clusterupgrade_unauthorized_seconds"), 0)
        wait_until(lambda: {event["reason"] for event in self.client.list("eventsv1", "default")},
                   lambda reasons: "SigningKeyChanged" in reasons, "the Event", timeout=10)

    def replace_pods(self, old):
        """As a person does."""
        for pod in old.values():
            self.cluster.human.delete("pods", pod["metadata"]["name"], "default")
        self.client.wait_for("pods", "alone", lambda pod: pod is None, "gone", "default")
        self.cluster.add_workloads(workloads.pod("alone"))
        wait_until(lambda: {uid: condition_status(pod) for uid, pod in self.pods("web", "alone").items()},
                   lambda found: not found.keys() & old.keys() and list(found.values()) == ["True"] * len(old),
                   "others are Ready")

    def check_fresh(self, item):
        refresh = refresh_of(item)
        self.assertEqual(refresh["droppable"], [self.key_id("sa")])
        self.assertIn(self.key_id("sa"), condition(item, "TokensFresh")["message"])
        self.assertEqual(refresh["pods"].get("stale", 0), 0)
        self.assertEqual(refresh["pods"]["current"], 4)
        self.assertEqual(refresh.get("laggards", []), [])
        self.assertEqual(refresh["phase"], "Current")

    def test_a_new_issuer_is_told(self):
        self.start_unchanged("tokens-issuer", workloads.deployment("web", 2))
        self.restart_api(TokenKeys(issuers=(OTHER_ISSUER, ISSUER)))
        self.token.renew()
        refresh = self.wait_change()
        self.assertEqual(refresh["change"]["reasons"], ["Issuer"])
        self.assertEqual(refresh["change"]["urgency"], "Soft")
        self.assertEqual(refresh["change"].get("oldSigners", []), [])
        self.assertEqual(refresh["keys"]["issuer"], OTHER_ISSUER)
        self.assertEqual(refresh["keys"]["signer"], self.key_id("sa"))


class HardChange(Case):
    def test_a_replica_that_is_locked_out_says_so_and_goes_on_when_its_token_is_new(self):
        self.start_unchanged("tokens-hard", workloads.deployment("web", 2))
        pods = self.pods()
        since = self.restart_api(HARD)
        due, end = self.token.renew_at, claims(self.token.text)["exp"]
        wait_until(lambda: self.controller.metric("clusterupgrade_unauthorized_seconds"), lambda value: value > 0,
                   "the metric shows it", timeout=20)
        wait_until(lambda: not self.controller.leads(), what="its Lease is over", timeout=20)
        self.assertEqual(self.controller.fetch(self.controller.health_port, "/healthz").strip(), "ok")
        self.check_log(due, end)

        renewed = time.time()
        self.token.renew()
        wait_until(self.controller.leads, what="it leads again", timeout=5)
        print(f"led {time.time() - renewed:.1f} s after its token file was new")
        refresh = self.wait_change()
        self.assertEqual(refresh["change"]["urgency"], "Hard")
        self.assertEqual(refresh["change"]["reasons"], ["SigningKey"])
        self.assertEqual(refresh["change"]["oldSigners"], [self.key_id("sa")])
        self.wait_refresh(lambda found: found["keys"]["verifying"] == [self.key_id("next")], "the key set", timeout=10)
        wait_until(lambda: self.controller.metric("clusterupgrade_unauthorized_seconds"), lambda value: value == 0,
                   "the metric shows that it is over", timeout=5)
        self.check_requests(since, renewed)
        self.check_nothing_was_touched(since, pods)

    def check_log(self, due, end):
        """One line, which ends with the time by which a kubelet has renewed the token: when it is due, at 80 % of its
        life, and some slack, but before it would have ended."""
        said = [line for line in self.controller.log.read_text().splitlines()
                if "token" in line and "refuse" in line and "kubelet" in line]
        self.assertEqual(len(said), 1, said)
        print(said[0])
        renewed_by = audit.seconds(re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", said[0])[-1])
        self.assertGreaterEqual(renewed_by, int(due))
        self.assertLessEqual(renewed_by, end)

    def check_requests(self, since, renewed):
        """While it was locked out nothing was done in its name, and it did not spin."""
        events = [event for event in self.cluster.audit() if since < event.start < renewed]
        self.assertEqual(audit.writes(events, leases=True), [])
        refused = [event for event in events if event.code == 401 and "cluster-upgrade-controller" in event.agent]
        print(f"{len(refused)} requests were refused in {renewed - since:.0f} s")
        self.assertGreater(len(refused), 0)
        self.assertLess(len(refused), 20 * (renewed - since))


class Requested(Case):
    def test_pods_up_to_a_time_that_a_person_names_are_stale(self):
        self.start_unchanged("tokens-requested", workloads.deployment("old", 2))
        stamp = max(pod["metadata"]["creationTimestamp"] for pod in self.pods("old").values())
        self.in_a_later_second(stamp)
        self.cluster.add_workloads(workloads.deployment("new", 2))
        pods, since = self.pods(), time.time()
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"startedBefore": stamp}}})
        item = self.cluster.wait_condition("TokensFresh", "False", "Stale", timeout=60)
        print("stale:", told(item))
        refresh = refresh_of(item)
        self.assertEqual(refresh["change"]["reasons"], ["Requested"])
        self.assertEqual(refresh["change"]["settledBy"], "Requested")
        self.assertEqual(audit.seconds(refresh["change"]["since"]), audit.seconds(stamp))
        self.assertEqual(refresh["pods"]["stale"], 2)
        self.assertEqual(refresh["pods"]["current"], 2)
        laggard, = refresh["laggards"]
        self.assertTrue(laggard.startswith("default/old"), laggard)
        self.assertEqual(refresh["keys"]["signer"], self.key_id("sa"))
        self.check_nothing_was_touched(since, pods)


if __name__ == "__main__":
    unittest.main()
