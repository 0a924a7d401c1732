"""What refuses one act holds up that act alone, and for as long as it refuses. Prints what was measured."""
import time
import unittest

import audit
import workloads
from api_client import wait_until
from drain_case import DrainCase
from harness import UPGRADE
from webhook import Webhook

EVICTIONS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods/eviction"]}


def first(events, holds, what):
    found = next((event for event in events if event.accepted and holds(event)), None)
    if found is None:
        raise AssertionError(f"{what}: not in the audit log")
    return found


class Patience(DrainCase):
    """A webhook that denies with 429 and retryAfterSeconds speaks of that eviction, not of the server."""

    cluster_name = "refusals-webhook"

    def cordon_of(self, node, value):
        return first(self.cluster.audit(), lambda event: event.user == audit.CONTROLLER and event.verb == "patch"
                     and event.resource == "nodes" and event.name == node
                     and event.response.get("spec", {}).get("unschedulable", False) is value, f"{node}: {value}")

    def test_other_nodes_and_a_deletion_do_not_wait_for_a_denied_eviction(self):
        self.web(replicas=2, held=False)
        other = f"{self.node}-other"
        with Webhook(self.cluster.plane, "slow-denial", EVICTIONS, self.ns, "not while the sale is on", 429, 45) as hook:
            self.drain()
            wait_until(lambda: hook.denials, what="a denial", timeout=30)
            _, _, item = self.wait_blocked("AdmissionDenied")
            self.assertIn("not while the sale is on", self.reconciling(item))
            self.cluster.add_nodes([other])
            self.cluster.patch_upgrade({"spec": {"pools": [{"name": "workers", "maxUnavailable": 2}]}})
            asked = first(reversed(self.cluster.audit()), lambda event: event.verb == "patch" and
                          event.resource == "clusterupgrades" and event.name == UPGRADE, "the change of the spec").end
            self.cluster.wait_node(other, lambda node: node["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.3", "done")
            delay = self.cordon_of(other, True).start - asked

            self.cluster.human.delete("clusterupgrades", UPGRADE)
            self.wait_given_back()
            deleted = first(self.cluster.audit(), lambda event: event.verb == "delete" and
                            event.resource == "clusterupgrades", "the deletion").end
            released = self.cordon_of(self.node, False).end - deleted
        print(f"\nretryAfterSeconds 45: the other node after {delay * 1000:.0f} ms; given back {released * 1000:.0f} ms "
              "after the deletion")
        self.assertLess(delay, 1)
        self.assertLess(released, 1)


class ChangeOfTheWorld(DrainCase):
    """An eviction that budgets refuse is asked for again as soon as they have changed."""

    cluster_name = "refusals-budgets"
    COUNT = 50

    def test_fifty_deletions_and_changes_of_the_blocking_budget(self):
        names = [f"app-{i}" for i in range(self.COUNT)]
        self.fill(*(workloads.deployment(name, 1, self.ns) for name in names),
                  *(workloads.held_budget(name, 1, self.ns) for name in names))
        self.drain(timeoutSeconds=900)
        wait_until(lambda: {event.name.rsplit("-", 2)[0] for event in self.evictions(code=429)},
                   lambda refused: refused >= set(names), "every budget has refused", timeout=120, every=1)
        opened = {}
        for i, name in enumerate(names):
            if i % 2:
                self.client.delete("poddisruptionbudgets", name, self.ns)
            else:
                self.cluster.let_go(name, self.ns)
            time.sleep(0.2)  # the pace of a person's script; nothing is waited for
        self.wait_ready(timeout=120)
        for event in self.events():
            deleted = event.resource == "poddisruptionbudgets" and event.verb == "delete"
            allowed = event.resource == "poddisruptionbudgets/status" and \
                event.request.get("status", {}).get("disruptionsAllowed", 0) > 0
            if event.accepted and (deleted or allowed):
                opened.setdefault(event.name, event.start)
        asked = self.evictions()
        # One that was on its way when the budget opened has not waited.
        seconds = sorted(min(max(0, event.start - opened[name]) for event in asked
                             if event.name.startswith(f"{name}-") and event.end >= opened[name]) for name in names)
        p50, p99 = seconds[len(seconds) // 2], seconds[-1]
        print(f"\n{len(seconds)} deletions and changes of a budget: asked again after {p50 * 1000:.0f} ms (half), "
              f"{p99 * 1000:.0f} ms (longest)")
        self.assertLess(p50, 0.1)
        self.assertLess(p99, 1)


if __name__ == "__main__":
    unittest.main()
