"""A cluster whose keys change, for the tests of what is told of it."""
import collections
import time
import unittest

import audit
from api_client import wait_until
from harness import Cluster, condition
from kube_apiserver import TokenKeys

VERSION = "v1.36.3"
SOFT = TokenKeys(verifying=("sa", "next"), signer="next")
NOTICED = 90  # seconds: a token file is read again after 50 s at the latest
SETTLED = NOTICED + 150  # what API servers there are must have stood still for two minutes
REFRESHED = SETTLED + 120
QUICK = {"mode": "Auto", "minReadySeconds": 2}
NEXT = "v1.36.4"
MAY_WRITE = {"clusterupgrades/status", "events"}


def refresh_of(item):
    return item.get("status", {}).get("tokenRefresh", {})


def told(item):
    """The condition TokensFresh in words."""
    found = condition(item, "TokensFresh")
    return f"{found.get('reason')}: {found.get('message')}"


class Case(unittest.TestCase):
    """A cluster with nothing to upgrade, and one replica with the token of its pod."""

    def start(self, name, *objects, **spec):
        self.cluster = self.enterContext(Cluster(name, workers=2, version=VERSION))
        self.client, self.plane = self.cluster.client, self.cluster.plane
        self.cluster.add_workloads(*objects)
        self.token = self.cluster.add_controller_pod()
        self.controller = self.cluster.start_controller()
        self.cluster.apply_upgrade(version=VERSION, **spec)

    def start_unchanged(self, name, *objects, **spec):
        """Returns when the keys of now are the baseline, with those that are accepted: they are asked for meanwhile."""
        self.start(name, *objects, **spec)
        self.cluster.wait_condition("TokensFresh", "True", "NoChangeSeen", timeout=60)
        return self.cluster.wait_upgrade(lambda item: "verifying" in refresh_of(item).get("keys", {}), "the key set",
                                         timeout=NOTICED)

    def restart_api(self, tokens, api=None):
        """With these keys, until its Lease is new; returns the time (of this machine) before which everything was as it
        had been."""
        api = api or self.plane.api
        before = api.identity()["metadata"]["uid"]
        api.stop(kill=True)
        stopped = time.time()
        api.tokens = tokens
        api.start()
        wait_until(api.identity, lambda lease: lease and lease["metadata"]["uid"] != before, "its Lease is new")
        return stopped

    def renew_token(self):
        """The replica's, in a later second than the last start of an API server: else it may be older than that."""
        self.in_a_later_second(max(api.identity()["metadata"]["creationTimestamp"]
                                   for api in (self.plane.api, *self.plane.more_apis)))
        self.token.renew()

    def wait_refresh(self, holds, what, timeout=NOTICED):
        """Waits until holds(status.tokenRefresh) and returns that."""
        return refresh_of(self.cluster.wait_upgrade(lambda item: holds(refresh_of(item)), what, timeout=timeout))

    def wait_change(self, timeout=NOTICED):
        return self.wait_refresh(lambda refresh: "change" in refresh, "a change is told", timeout)

    def key_id(self, name):
        return self.plane.authority.key_id(name)

    def pods(self, *names):
        """{UID: pod}, all or those whose names begin so."""
        return {pod["metadata"]["uid"]: pod for pod in self.client.list("pods", "default")
                if not names or pod["metadata"]["name"].startswith(names)}

    def look_again(self):
        """A node that changes has the controller look before its ten minutes are over."""
        label = {"test.clusterupgrade.io/look": "again"}
        self.cluster.human.patch("nodes", "worker-1", {"metadata": {"labels": label}})

    def in_a_later_second(self, stamp):
        """What is created after this has a later creationTimestamp."""
        wait_until(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), lambda now: now > stamp,
                   "a later second")

    def check_nothing_was_touched(self, since, pods):
        written = {event.resource for event in audit.writes(self.cluster.audit()) if event.start > since}
        self.assertLessEqual(written, MAY_WRITE)
        self.assertEqual(set(self.pods()), set(pods))


class AutoCase(Case):
    """With mode Auto."""

    def evictions(self, since=0):
        """Of pods in namespace default, as the API server was asked for them: [Event], refused ones too."""
        return [event for event in self.cluster.audit() if event.resource == "pods/eviction" and event.start > since
                and event.namespace == "default"]

    def first_cordon(self, since):
        return min(event.start for event in self.cluster.audit() if event.user == audit.CONTROLLER and event.accepted
                   and event.resource == "nodes" and event.start > since and isinstance(event.request, dict)
                   and "dryRun" not in event.uri and event.request.get("spec", {}).get("unschedulable"))

    def check_once(self, since):
        """No pod was evicted twice, nobody was evicted who is younger than the change."""
        taken = collections.Counter(event.name for event in self.evictions(since) if event.accepted)
        self.assertEqual(set(taken.values()), {1})
        return taken

    def ask(self, **spec):
        """For pods that are there now, whatever is known of keys: nothing has to settle; together with an edit of the
        spec. Returns the time."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.in_a_later_second(stamp)
        since = time.time()
        self.cluster.patch_upgrade({"spec": {"tokenRefresh": {"startedBefore": stamp}, **spec}})
        return since

    def change(self, keys):
        """Returns the time before which everything was as it had been."""
        since = self.restart_api(keys)
        self.renew_token()
        return since
