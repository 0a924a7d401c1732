#!/usr/bin/env python3
"""The key that signs tokens is changed softly on a kubeadm machine, by the commands of docs/TOKENS.md as they stand.

Meanwhile pods ask the API server ten times a second with their tokens: nothing is refused (401) until the old key is
dropped, and then only what was said to be. The controller tells the change, who holds old tokens, and when nobody does.
Two things about kubelets are measured beside it: when they renew a token of 900 s, and that they do so when they start.
"""
import base64
import re
import time

import scenario
import archives
import observers
import product
import programs
import tokens_page
from api_client import wait_until
from token_witnesses import Callers, OutsideToken, Told, TokenFile, claims, files, key_id

VERSION = "v1.36.3"
RENEWED, TOLERANCE = 720, 90  # seconds: 80 % of a token's life; the turn of its pod and what the request takes
NOTICED = RENEWED + TOLERANCE + 90  # the file is read anew after 50 s at the latest
SETTLED = 240  # API servers have to be the same for two minutes
APPS = ("reads-once", "reads-anew")
CALLER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: reads-MODE, namespace: shop}
spec:
  selector: {matchLabels: {app: reads-MODE}}
  template:
    metadata: {labels: {app: reads-MODE}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: caller, image: "caller:1", imagePullPolicy: IfNotPresent, args: [MODE]}]
---
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: deployer, namespace: shop, annotations: {kubernetes.io/service-account.name: default}}
type: kubernetes.io/service-account-token
"""
LAGGARD = re.compile(r"(\S+)/(\S+) \((\w+)\): \d+ pods?$")


class Tokens(scenario.Case):
    def prepare(self, run):
        """Clients, witnesses, and an object with nothing to upgrade."""
        cluster, self.scenario = run.cluster, run
        self.machine = cluster.control_planes[0]
        self.machine.run("ln", "--symbolic", programs.crictl(), "/usr/local/bin/crictl")
        cluster.import_image(archives.caller())
        callers = "".join(CALLER.replace("MODE", mode) for mode in ("once", "anew"))
        cluster.kubectl("apply", "-f", "-", stdin=callers + SECRET)
        run.apply()
        self.told = Told(cluster.client)
        self.told.start()
        cluster.kubectl("wait", f"clusterupgrade/{scenario.UPGRADE}", "--for=condition=TokensFresh", "--timeout=120s")
        token = cluster.kubectl("create", "token", "default", "--namespace", "shop", "--duration", "8h").strip()
        client = cluster.client_of(self.machine.address)
        self.outside = OutsideToken("a token of kubectl create token", self.stranger(run), token)
        self.callers = Callers(cluster, "shop", APPS)
        self.controllers = [TokenFile(cluster.machines[pod["spec"]["nodeName"]], pod)
                            for pod in client.list("pods", product.NAMESPACE)]
        self.witnesses = [self.outside, self.callers, *self.controllers]
        for witness in self.witnesses:
            witness.start()
        self.wait_calls()

    def stranger(self, run):
        """A client without a certificate of its own."""
        client = type(run.cluster.client)(self.machine.address, 6443, str(run.cluster.folder / "ca.crt"))
        client.namespace = run.cluster.network.name
        return client

    def wait_calls(self, more=50):
        """Each of the newest pods has been answered so many times more, after the API server is ready."""
        client = self.scenario.cluster.client_of(self.machine.address)
        wait_until(lambda: observers.answers(client, "/readyz"), what="the API server is ready", timeout=180)
        pods = wait_until(self.running, lambda found: len(found) == len(APPS), timeout=120,
                          what="one pod of each client")
        before = {pod: self.callers.counts.get(pod, {}).get("accepted", 0) for pod in pods}
        wait_until(lambda: self.callers.counts,
                   lambda counts: all(counts.get(pod, {}).get("accepted", 0) >= before[pod] + more for pod in pods),
                   what="the clients are answered", timeout=120)

    def running(self):
        return [pod["metadata"]["name"] for pod in self.scenario.cluster.client.list("pods", "shop")
                if pod["metadata"]["name"].startswith(APPS) and "deletionTimestamp" not in pod["metadata"]]

    def check_nothing_refused(self, when):
        self.scenario.cluster.told(f"{when}: {self.outside.report()}\n{self.callers.report()}")
        self.assertEqual(self.callers.refused, {}, when)
        self.assertNotIn(401, self.outside.codes, when)

    # -- kubelets -----------------------------------------------------------------------------------------------
    def restart_a_kubelet(self, run):
        """The one of a machine whose controller does not lead; every token file of it has to be new at once."""
        leading = wait_until(lambda: product.leader(run.cluster), what="a controller leads")
        chosen = next(file for file in self.controllers if not file.name.endswith(leading))
        before, began = files(chosen.machine).keys(), time.time()
        chosen.machine.run("systemctl", "restart", "kubelet")
        self.assertTrue(before)

        def renewed(now):
            return all(claims(now[uid])["iat"] >= int(began) for uid in before & now.keys())
        after = wait_until(lambda: files(chosen.machine), renewed, "all token files are new", timeout=TOLERANCE)
        run.cluster.told(f"all {len(after)} token files of {chosen.machine.name} are new {time.time() - began:.1f} s "
                         f"after `systemctl restart kubelet`; their iat: "
                         f"{sorted(claims(token)['iat'] - int(began) for token in after.values())} s after it")
        return chosen

    def check_renewal(self, chosen):
        """Of the controller's token on the machine whose kubelet was left alone."""
        left_alone = [file for file in self.controllers if file is not chosen]
        for file in self.controllers:
            self.scenario.cluster.told(file.report())
        ages = [age for file in left_alone for age in file.ages()]
        self.assertTrue(ages, "no token was renewed by itself")
        for age in ages:
            self.assertLessEqual(abs(age - RENEWED), TOLERANCE + 5, ages)  # 5 s for the request on a busy machine

    # -- what is told -------------------------------------------------------------------------------------------
    def wait_told(self, reason, timeout):
        wait_until(lambda: self.told.reasons, lambda reasons: reasons[-1:] == [reason], timeout=timeout,
                   what=f"TokensFresh says {reason}", every=0.5)
        refresh = self.scenario.upgrade()["status"]["tokenRefresh"]
        self.scenario.cluster.told(f"{self.told.report()}\n{refresh}")
        return refresh

    def restart_laggards(self, run, refresh):
        """kubectl rollout restart of whatever is named."""
        named = [LAGGARD.match(line) for line in refresh["laggards"]]
        self.assertTrue(all(named), refresh["laggards"])
        names = {f"{match[1]}/{match[2]}" for match in named}
        self.assertEqual(names, {"kube-system/coredns", "kube-system/kube-proxy", "shop/web",
                                 *(f"shop/{app}" for app in APPS)})
        self.assertTrue(refresh["laggards"][0].startswith("kube-system/"))
        for verb in ("restart", "status"):
            for namespace, name, kind in (match.groups() for match in named):
                run.cluster.kubectl("rollout", verb, f"{kind}/{name}".lower(), "--namespace", namespace)
        run.cluster.told("all workloads that were named are restarted")

    def check_change(self, refresh, change):
        self.assertEqual(refresh["keys"]["signer"], change.new)
        self.assertEqual(set(refresh["keys"]["verifying"]), {change.new, change.old})
        self.assertEqual(refresh["change"]["reasons"], ["SigningKey"])
        self.assertEqual(refresh["change"]["urgency"], "Soft")
        self.assertEqual(refresh["change"]["oldSigners"], [change.old])
        self.assertEqual(refresh["change"]["settledBy"], "OneServer")
        self.assertEqual(refresh.get("droppable", []), [])

    # -- the three passes ---------------------------------------------------------------------------------------
    def add(self, run, change):
        listed = change.make_pass(change.add)
        self.assertIn(change.old, listed)
        self.assertIn(change.new, listed)
        self.wait_calls()
        self.check_nothing_refused("after the first pass")
        run.cluster.told("both keys are accepted")

    def switch(self, run, change):
        change.make_pass(change.switch)
        self.wait_calls()
        token = run.cluster.kubectl("create", "token", "default", "--namespace", "shop")
        self.assertEqual(key_id(token), change.new, "the new key signs")
        self.check_nothing_refused("after the second pass")

    def drop(self, run, change):
        """Whoever was told of goes on; a token that nobody could see is refused."""
        listed = tokens_page.renew_secret(self.machine, "shop", "deployer")
        self.assertIn("deployer", listed)
        wait_until(lambda: self.secret_key(run), lambda kid: kid == change.new, what="the Secret is signed anew")
        self.check_nothing_refused("before the third pass")
        change.make_pass(change.drop)
        dropped = time.monotonic()
        wait_until(lambda: self.outside.codes.get(401, 0) > 20, what="the old token is refused", timeout=120)
        accepted = self.outside.codes[200]
        self.wait_calls()
        run.cluster.told(f"{time.monotonic() - dropped:.1f} s after the third pass: {self.outside.report()}\n"
                         f"{self.callers.report()}")
        self.assertEqual(self.callers.refused, {}, "pods that were made anew are refused")
        self.assertEqual(self.outside.codes[200], accepted, "an old token was accepted after it had been refused")

    def secret_key(self, run):
        token = run.cluster.client.get("secrets", "deployer", "shop")["data"].get("token")
        return token and key_id(base64.b64decode(token).decode())

    @scenario.needs_machines
    def test_the_page_changes_the_key_and_nobody_is_refused(self):
        with scenario.Run("tokens", [VERSION], workers=1) as run:
            self.prepare(run)
            restarted = self.restart_a_kubelet(run)
            change = tokens_page.SoftChange(self.machine)
            run.cluster.told(f"new key {change.new}, old key {change.old}")
            self.assertEqual({file.tokens[0][2] for file in self.controllers}, {change.old})
            self.add(run, change)
            self.switch(run, change)
            self.wait_told("Settling", NOTICED)
            change.wait_for(0)
            refresh = self.wait_told("Stale", SETTLED)
            self.check_renewal(restarted)
            self.check_nothing_refused("when the change has settled")
            self.check_change(refresh, change)
            self.restart_laggards(run, refresh)
            run.apply(failurePolicy={"maxAttempts": 2})  # an edit has all pods looked at before ten minutes are over
            change.wait_for(1)
            refresh = self.wait_told("Fresh", 30)
            self.assertEqual(refresh["droppable"], [change.old])
            self.drop(run, change)
            self.finish(run)

    def finish(self, run):
        for witness in self.witnesses:
            witness.stop()
        self.told.ended.set()
        run.witnesses.stop()
        self.say(run.witnesses.report())
        self.say(self.told.report())
        known = [reason for reason in self.told.reasons if reason not in ("Proving", "KeysUnknown")]
        self.assertEqual(known, ["NoChangeSeen", "Settling", "Stale", "Fresh"])


if __name__ == "__main__":
    scenario.main()
