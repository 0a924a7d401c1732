"""With spec.tokenRefresh.mode Auto, pods that hold tokens by an old key are replaced, and nothing else."""
import collections
import contextlib
import http.client
import threading
import unittest

import audit
import workloads
from harness import condition
from kube_apiserver import TokenKeys
from node_agent import condition_status
from tokens_case import NEXT, QUICK, REFRESHED, SETTLED, SOFT, AutoCase, refresh_of, told

HARD = TokenKeys(verifying=("next",), signer="next")
PAUSE = 0.05  # seconds between two looks at how many pods are Ready


class ReadyPods(threading.Thread):
    """The fewest Ready pods of an app at a time, as long as it runs."""

    def __init__(self, case, app):
        super().__init__(daemon=True)
        self.case, self.app, self.fewest, self.over = case, app, None, threading.Event()

    def run(self):
        while not self.over.wait(PAUSE):
            with contextlib.suppress(OSError, http.client.HTTPException):  # the API server is started anew
                self.look()

    def look(self):
        pods = [pod for pod in self.case.pods(self.app).values() if not pod["metadata"].get("deletionTimestamp")]
        ready = sum(condition_status(pod) == "True" for pod in pods)
        self.fewest = ready if self.fewest is None else min(self.fewest, ready)

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def __enter__(self):
        self.start()
        return self


class Soft(AutoCase):
    def test_pods_are_replaced_one_by_one_and_then_the_key_may_be_dropped(self):
        skipped = workloads.deployment("left", 1)
        skipped["metadata"]["annotations"] = {"clusterupgrade.io/refresh": "Skip"}
        self.start_unchanged("tokens-auto", workloads.deployment("web", 3), workloads.budget("web", min_available=2),
                             workloads.stateful_set("db", 3), workloads.daemon_set("agent"), skipped,
                             tokenRefresh=QUICK)
        old = self.pods()
        with ReadyPods(self, "web") as web, ReadyPods(self, "db") as db:
            since = self.change(SOFT)
            self.cluster.wait_condition("Ready", "False", "RefreshingTokens", timeout=SETTLED)
            item = self.cluster.wait_condition("TokensFresh", "True", "FreshButSkipped", timeout=REFRESHED)
        print("skipped:", told(item))
        self.assertEqual((web.fewest, db.fewest), (2, 2))
        self.cluster.wait_condition("Ready", "True", timeout=10)
        taken = self.check_once(since)
        left = {uid for uid, pod in old.items() if pod["metadata"]["name"].startswith("left")}
        self.assertEqual(set(taken), {pod["metadata"]["name"] for uid, pod in old.items() if uid not in left})
        self.assertEqual(self.pods().keys() & old.keys(), left)
        self.check_order([event.name for event in self.evictions(since) if event.accepted])
        refresh = refresh_of(item)
        self.assertEqual(refresh["workloadsReplaced"], 3)
        self.assertEqual(refresh.get("droppable", []), [])
        self.assertTrue(refresh["laggards"][0].startswith("default/left (Deployment): 1 pod: Skipped: "), refresh)
        self.count_requests(since)
        self.let_the_last_go()

    def check_order(self, names):
        """One workload after the other at first, and of a StatefulSet the highest ordinal first."""
        self.assertEqual([name for name in names if name.startswith("db-")], ["db-2", "db-1", "db-0"])
        self.assertEqual({name.rsplit("-", 1)[0] for name in names[:2]}, {"agent"})

    def count_requests(self, since):
        asked = collections.Counter(f"{event.verb} {event.resource}" for event in self.cluster.audit()
                                    if event.user == audit.CONTROLLER and event.start > since
                                    and event.resource != "leases")
        print("requests of the refresh of 3 workloads with 8 pods:", dict(asked))

    def let_the_last_go(self):
        self.cluster.human.patch("deployments", "left", {"metadata": {"annotations": {
            "clusterupgrade.io/refresh": None}}}, "default")
        # what was left is tried again after five minutes, or when the spec is edited
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"maxConcurrent": 4}}})
        item = self.cluster.wait_condition("TokensFresh", "True", "Fresh", timeout=60)
        print("fresh:", told(item))
        self.assertEqual(refresh_of(item)["droppable"], [self.key_id("sa")])


class Hard(AutoCase):
    def test_pods_go_before_the_next_node(self):
        self.start_unchanged("tokens-auto-hard", workloads.deployment("web", 2), tokenRefresh=QUICK)
        since = self.change(HARD)
        self.wait_change()
        self.cluster.wait_upgrade(lambda item: refresh_of(item).get("inProgress"), "a workload is in progress",
                                  timeout=SETTLED)
        self.cluster.patch_upgrade({"spec": {"version": NEXT}})
        self.cluster.wait_condition("Ready", "True", timeout=REFRESHED)
        self.assertEqual(set(self.cluster.versions().values()), {NEXT})
        self.assertEqual(condition(self.cluster.upgrade(), "TokensFresh")["reason"], "Fresh")
        of_tokens = [event for event in self.evictions(since)
                     if event.accepted and event.end < self.first_cordon(since)]
        self.assertEqual(len(of_tokens), 2)


if __name__ == "__main__":
    unittest.main()
