"""Witnesses of tokens: the files that kubelets write, the clients that use them, what the controller tells of them."""
import base64
import contextlib
import json
import threading
import time

import observers
from harness import condition

FILES = "var/lib/kubelet/pods/*/volumes/kubernetes.io~projected/*/token"


def part_of(token, number):
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def key_id(token):
    return part_of(token, 0)["kid"]


def claims(token):
    return part_of(token, 1)


def files(machine):
    """{pod's UID: token} of all pods of a machine that have one, read from its disk."""
    found = {}
    for path in machine.root().glob(FILES):
        with contextlib.suppress(OSError):  # its pod may have ended just now
            found[path.relative_to(machine.root()).parts[4]] = path.read_text()
    return found


class TokenFile(observers.Witness):
    """The tokens that a kubelet writes for one pod: [(when seen, iat, kid)]."""

    def __init__(self, machine, pod):
        super().__init__(f"token of {pod['metadata']['name']}")
        self.machine, self.uid, self.tokens = machine, pod["metadata"]["uid"], []

    def look(self):
        token = files(self.machine).get(self.uid)
        if token:
            issued = claims(token)["iat"]
            if not self.tokens or self.tokens[-1][1] != issued:
                self.tokens.append((time.time(), issued, key_id(token)))

    def ages(self):
        """Seconds from one token's iat to the next one's."""
        return [later[1] - earlier[1] for earlier, later in zip(self.tokens, self.tokens[1:])]

    def report(self):
        listed = ", ".join(f"{kid[:8]} of {time.strftime('%H:%M:%S', time.gmtime(issued))}, seen {seen - issued:.1f} s "
                           "later" for seen, issued, kid in self.tokens)
        return f"{self.name}: {listed}; renewed after {self.ages()} s"


class OutsideToken(observers.Witness):
    """GET /api with one token that never changes, on a fresh connection: {code, or 0 for no answer: how often}."""

    def __init__(self, name, client, token):
        super().__init__(name)
        self.client, self.token, self.codes = client, token, {}

    def look(self):
        connection = self.client.connect(observers.ANSWER_WITHIN)
        try:
            connection.request("GET", "/api", headers={"Authorization": f"Bearer {self.token}"})
            response = connection.getresponse()
            response.read()
            code = response.status
        except observers.NO_ANSWER:
            code = 0
        finally:
            connection.close()
        self.codes[code] = self.codes.get(code, 0) + 1

    def report(self):
        return f"{self.name}: {self.codes}"


class Callers(observers.Witness):
    """What the pods of the program `caller` have written last: {pod: counts}; of those that have ended, too."""

    def __init__(self, cluster, namespace, apps):
        super().__init__("callers")
        self.cluster, self.namespace, self.apps, self.counts = cluster, namespace, apps, {}

    def look(self):
        for machine in self.cluster.machines.values():
            for path in machine.root().glob(f"var/log/pods/{self.namespace}_*/*/*.log"):
                pod = path.parts[-3].split("_")[1]
                if pod.startswith(self.apps):
                    self.read(pod, path)

    def read(self, pod, path):
        with contextlib.suppress(OSError), open(path, "rb") as log:
            log.seek(max(0, path.stat().st_size - 2000))
            lines = [line.split(b" ", 3)[-1] for line in log.read().splitlines(True) if line.endswith(b"\n")]
            if lines:
                with contextlib.suppress(ValueError):  # cut off at its begin, or not of ours
                    self.counts[pod] = json.loads(lines[-1])

    def of(self, app):
        return {pod: counts for pod, counts in self.counts.items() if pod.startswith(app)}

    @property
    def refused(self):
        return {pod: counts["refused"] for pod, counts in self.counts.items() if counts["refused"]}

    def report(self):
        return "\n".join(f"{pod}: {counts}" for pod, counts in sorted(self.counts.items()))


class Told(threading.Thread):
    """The reasons that condition TokensFresh has had: [(seconds since the start, reason, message)]."""

    def __init__(self, client):
        super().__init__(name="told", daemon=True)
        self.client, self.ended, self.begin, self.said = client, threading.Event(), time.monotonic(), []

    def run(self):
        while not self.ended.is_set():
            with contextlib.suppress(*observers.NO_ANSWER):
                for _, upgrade in self.client.watch("clusterupgrades", timeout=20):
                    self.seen(condition(upgrade, "TokensFresh"))
            self.ended.wait(0.5)

    def seen(self, found):
        if found and (not self.said or self.said[-1][1] != found["reason"]):
            self.said.append((time.monotonic() - self.begin, found["reason"], found.get("message", "")))

    @property
    def reasons(self):
        return [reason for _, reason, _ in self.said]

    def report(self):
        return "\n".join(f"{at:7.1f} s  {reason}: {message}" for at, reason, message in self.said)
