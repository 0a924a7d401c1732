#!/usr/bin/env python3
"""The only API server goes away ten times in the middle of an upgrade, three of them within four minutes: how long
after its first good /readyz the controller acts again.

The node in work is being drained, and a PodDisruptionBudget keeps one pod on it. At the first good /readyz the test
excludes the node by label, or takes the label away: the controller then gives the node back (uncordons it), or cordons
it. For that its watch of nodes has to be back (for a cordon all watches), its Lease held, a status written, and the
node patched. A change of the spec, made together with it, has to appear in status.observedGeneration. The later of the
two counts, from the first good /readyz.
"""
import collections
import os
import time

import scenario
import observers
import product
from api_client import wait_until

FROM, TO = "v1.35.4", "v1.36.3"
EXCLUDE = "clusterupgrade.io/exclude"
# Seconds between kill -9 of the API server, its kubelet being stopped, and the start of the kubelet, which starts both.
OUTAGES = [0, 0, 0, 20, 10, 60, 0, 30, 0, 0]
APART = float(os.environ.get("CU_OUTAGES_APART", "20"))  # seconds from the controller's act to the next outage
LIMIT = 5.0  # seconds
KEPT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: kept, namespace: shop}
spec:
  selector: {matchLabels: {app: kept}}
  template:
    metadata: {labels: {app: kept}}
    spec:
      nodeSelector: {kubernetes.io/hostname: NODE}
      tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
      containers: [{name: web, image: "web:1", imagePullPolicy: IfNotPresent}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: kept, namespace: shop}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: kept}}
"""

Outage = collections.namedtuple("Outage", "begin away act seen leader")


class Outages(scenario.Case):
    def setUp(self):
        self.edits = 0

    def edit(self, run, node, exclude):
        """The two edits of a person; returns the generation that the second one made. An API server that has only just
        come back may refuse the first tries."""
        client = run.cluster.client
        self.edits += 1
        label = {"metadata": {"labels": {EXCLUDE: "true" if exclude else None}}}
        wait_until(lambda: client.patch("nodes", node, label), what="the label is changed", every=0.02)
        spec = {"spec": {"failurePolicy": {"maxAttempts": 2 + self.edits % 2}}}
        changed = wait_until(lambda: client.patch("clusterupgrades", scenario.UPGRADE, spec),
                             what="the spec is changed", every=0.02)
        return changed["metadata"]["generation"]

    def time_to_act(self, run, node, exclude, since):
        """Seconds from `since` until the node is given back or cordoned, and until the spec's change is seen."""
        client, generation = run.cluster.client, self.edit(run, node, exclude)
        acted = seen = None

        def look():
            nonlocal acted, seen
            cordoned = client.get("nodes", node)["spec"].get("unschedulable", False)
            observed = run.upgrade().get("status", {}).get("observedGeneration", 0)
            now = time.monotonic() - since
            acted = acted or (cordoned != exclude and now) or None
            seen = seen or (observed >= generation and now) or None
            return acted and seen
        wait_until(look, what=f"{node} is {'given back' if exclude else 'cordoned'}", timeout=120, every=0.02)
        return acted, seen

    def keep_a_pod_on(self, run, node):
        """A pod that no drain gets away."""
        run.cluster.kubectl("apply", "-f", "-", stdin=KEPT.replace("NODE", node))
        run.cluster.kubectl("rollout", "status", "deployment/kept", "--namespace", "shop", "--timeout=60s")

    def in_work_again(self, run, node, exclude):
        """Waits until the controller has come to rest, so that the next edit finds it as a person would."""
        if exclude:
            wait_until(lambda: not run.entry(node), what=f"{node} is released", timeout=60)
        else:
            run.wait_step("Draining", node, timeout=120)

    def take_away(self, run, machine, seconds):
        """Ends the API server; returns when it went away, and the moment of the first good /readyz after that."""
        client = run.cluster.client_of(machine.address)

        def ready():
            return observers.answers(client, "/readyz", within=0.5)
        machine.run("systemctl", "stop", "kubelet")  # once it is started it does not wait because of earlier kills
        machine.run("sh", "-c", "kill -9 $(pidof kube-apiserver)")
        wait_until(lambda: not ready(), what="the API is away", every=0.02)
        begin = time.monotonic()
        time.sleep(seconds)  # the outage itself
        machine.run("systemctl", "start", "kubelet")
        wait_until(ready, what="the API is back", timeout=180, every=0.02)
        return begin, time.monotonic()

    def outage(self, run, machine, exclude, seconds):
        time.sleep(APART)  # for watches to live for a while, as they do between outages
        begin, back = self.take_away(run, machine, seconds)
        act, seen = self.time_to_act(run, machine.name, exclude, back)
        found = Outage(begin, back - begin, act, seen, product.leader(run.cluster))
        run.cluster.told(f"the API was away {found.away:.1f} s; "
                         f"{'uncordoned' if exclude else 'cordoned'} after {act:.2f} s, spec seen after {seen:.2f} s; "
                         f"leader {found.leader}")
        self.in_work_again(run, machine.name, exclude)
        return found

    def restarts(self, run):
        return {pod["metadata"]["name"]: sum(each["restartCount"] for each in pod["status"]["containerStatuses"])
                for pod in run.cluster.client.list("pods", product.NAMESPACE)}

    @scenario.needs_machines
    def test_the_controller_acts_within_five_seconds_of_the_api_being_back(self):
        with scenario.Run("outages", [FROM, TO]) as run:
            machine = run.cluster.control_planes[0]
            self.keep_a_pod_on(run, machine.name)
            run.executor = {"type": "External"}
            run.apply(failurePolicy={"maxAttempts": 2})
            run.wait_step("Draining", machine.name)
            run.cluster.kubectl("rollout", "status", f"deployment/{product.NAME}", "--namespace", product.NAMESPACE,
                                "--timeout=120s")
            usual = []  # the same acts while the API is there
            for exclude in (True, False, True, False):
                usual += self.time_to_act(run, machine.name, exclude, time.monotonic())
                self.in_work_again(run, machine.name, exclude)
            run.cluster.told(f"without an outage: {max(usual):.2f} s")
            before = self.restarts(run)
            outages = [self.outage(run, machine, number % 2 == 0, seconds) for number, seconds in enumerate(OUTAGES)]
            self.say(run.witnesses.report())
            self.judge(outages, max(usual))
            self.assertEqual(self.restarts(run), before, "a controller ended, and a kubelet started it anew")
            self.assertTrue(run.witnesses.marker.kept())

    def judge(self, outages, usual):
        begins = [outage.begin for outage in outages]
        closest = min(third - first for first, third in zip(begins, begins[2:]))
        times = [max(outage.act, outage.seen) for outage in outages]
        self.say(f"from /readyz to the next act: {', '.join(f'{each:.1f}' for each in times)} s; the closest three "
                 f"outages within {closest:.0f} s; the same without an outage {usual:.1f} s")
        self.assertLess(closest, 240)
        # On a machine that others keep busy the act itself takes longer; how long it takes was measured before.
        self.assertLessEqual(max(times), LIMIT + usual, times)


if __name__ == "__main__":
    scenario.main()
