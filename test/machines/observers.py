"""Witnesses of an upgrade: threads that look from outside, ten times a second, and say in the end what they saw."""
import http.client
import threading
import time
import uuid

import paths  # noqa: F401 (makes test/cluster importable)
from api_client import ApiError
from network import NamespacedClient

EVERY = 0.1
ANSWER_WITHIN = 2.0  # seconds
NO_ANSWER = (OSError, http.client.HTTPException, ApiError)


def answers(client, path, within=ANSWER_WITHIN):
    """Whether the API server behind the client answers with 200, over a new connection, in time."""
    connection = client.connect(within)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except NO_ANSWER:
        return False
    finally:
        connection.close()


class Witness(threading.Thread):
    """Calls look() every 0.1 s, as long as it is not late, until stop()."""

    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.ended = threading.Event()

    def look(self):
        raise NotImplementedError

    def run(self):
        turn = time.monotonic()
        while not self.ended.wait(max(0.0, turn - time.monotonic())):
            self.look()
            turn = max(turn + EVERY, time.monotonic())

    def stop(self):
        self.ended.set()
        self.join()
        return self


class Probe(Witness):
    """GET / on a fresh connection: how many requests were sent and failed, the slowest, the longest time without one
    that was answered."""

    def __init__(self, name, namespace, host, port):
        super().__init__(name)
        self.client = NamespacedClient(host, port)
        self.client.namespace = namespace
        self.sent = self.failed = 0
        self.slowest = self.longest_gap = 0.0
        self.answered, self.failures = time.monotonic(), []

    def run(self):
        self.answered = time.monotonic()
        super().run()

    def look(self):
        start = time.monotonic()
        connection = self.client.connect(ANSWER_WITHIN)
        self.sent += 1
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            error = None if response.status == 200 else f"HTTP {response.status}"
        except NO_ANSWER as failure:
            error = f"{type(failure).__name__} {failure}"
        finally:
            connection.close()
        now = time.monotonic()
        if error:
            self.failed += 1
            self.failures = (self.failures + [f"{time.strftime('%H:%M:%S')} {error}"])[-20:]
        else:
            self.slowest = max(self.slowest, now - start)
            self.longest_gap = max(self.longest_gap, now - self.answered)
            self.answered = now

    def report(self):
        return (f"{self.name:34}{self.sent:6} requests, {self.failed} failed, slowest {self.slowest * 1000:.0f} ms, "
                f"longest gap {self.longest_gap:.1f} s")


class ApiWitness(Witness):
    """GET /readyz of one API server on a fresh connection; `gaps` are (seconds since the start, length)."""

    def __init__(self, name, client):
        super().__init__(name)
        self.client = client
        self.begin = time.monotonic()
        self.gaps, self.down = [], None

    def ready(self):
        return answers(self.client, "/readyz")

    def look(self):
        asked = time.monotonic()
        if not self.ready():
            self.down = self.down or asked
        elif self.down:
            self.gaps.append((self.down - self.begin, time.monotonic() - self.down))
            self.down = None

    def stop(self):
        super().stop()
        if self.down:
            self.gaps.append((self.down - self.begin, time.monotonic() - self.down))
            self.down = None
        return self

    @property
    def away(self):
        return sum(length for _, length in self.gaps)

    def report(self):
        listed = ", ".join(f"{length:.1f} s at {start:.0f} s" for start, length in self.gaps) or "none"
        return f"{self.name:34}away {self.away:.1f} s in {len(self.gaps)} gaps: {listed}"


class RetryingClient(Witness):
    """A client that knows every API server and asks the next one when one does not answer, or answers 403 or 5xx."""

    PATH = "/api/v1/namespaces/default"  # it takes what the server has of etcd and of the roles

    def __init__(self, name, clients):
        super().__init__(name)
        self.api_clients, self.turn = clients, 0
        self.sent = self.failed = self.retried = self.slow = 0

    def look(self):
        start = time.monotonic()
        self.turn += 1
        self.sent += 1
        for attempt in range(len(self.api_clients)):
            if answers(self.api_clients[(self.turn + attempt) % len(self.api_clients)], self.PATH):
                self.retried += attempt > 0
                self.slow += time.monotonic() - start > 1
                return
        self.failed += 1

    def report(self):
        return (f"{self.name:34}{self.sent:6} requests, {self.failed} failed, {self.retried} answered by another "
                f"server, {self.slow} slower than 1 s")


class Marker:
    """An object in etcd that has to be the same afterwards."""

    def __init__(self, client):
        self.client, self.value = client, str(uuid.uuid4())
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "marker"}, "data": {"value": self.value}}
        self.uid = client.apply("configmaps", body, "default")["metadata"]["uid"]

    def kept(self):
        found = self.client.find("configmaps", "marker", "default") or {}
        return found.get("data", {}).get("value") == self.value and found["metadata"]["uid"] == self.uid


class StepWatch(threading.Thread):
    """The steps of each node, as the status of the ClusterUpgrade tells them by a watch; where the watch breaks off, it
    is opened anew."""

    STEPS = ["Pulling", "Cordoning", "Draining", "Upgrading", "Verifying", "Uncordoning"]

    def __init__(self, client):
        super().__init__(name="steps", daemon=True)
        self.client, self.ended = client, threading.Event()
        self.now, self.spent, self.changes = {}, {}, []
        self.first_hops = None  # (resource version, status.hops) of the first status that had them
        self.begin = time.monotonic()

    def run(self):
        while not self.ended.is_set():
            try:
                for _, upgrade in self.client.watch("clusterupgrades", timeout=20):
                    if upgrade.get("status", {}).get("hops") and not self.first_hops:
                        self.first_hops = (int(upgrade["metadata"]["resourceVersion"]), upgrade["status"]["hops"])
                    self.seen(upgrade.get("status", {}) if upgrade.get("metadata", {}).get("name") else None)
                    if self.ended.is_set():
                        return
            except NO_ANSWER:
                self.ended.wait(0.5)

    def seen(self, status):
        if status is None:  # a bookmark
            return
        at = time.monotonic()
        now = {entry["name"]: (entry.get("step", ""), entry.get("stage", ""), entry.get("attempt", 0))
               for entry in status.get("inProgress", [])}
        for name in set(self.now) - set(now):
            self.end_step(name, at)
        for name, step in now.items():
            if self.now.get(name, (None,))[0] != step:
                self.end_step(name, at)
                self.now[name] = (step, at)
                self.changes.append((at - self.begin, name, *step))

    def end_step(self, name, at):
        if name in self.now:
            (step, stage, _), since = self.now.pop(name)
            spent = self.spent.setdefault((name, stage), {})
            spent[step] = spent.get(step, 0) + at - since

    def stop(self):
        self.ended.set()  # the watch ends with its own timeout
        return self

    def report(self):
        lines = [f"{'NODE':14}{'STAGE':20}" + "".join(f"{step:>13}" for step in self.STEPS) + f"{'all':>9}"]
        for (name, stage), spent in self.spent.items():
            lines.append(f"{name:14}{stage:20}" + "".join(f"{spent.get(step, 0):11.1f} s" for step in self.STEPS)
                         + f"{sum(spent.values()):7.1f} s")
        return "\n".join(lines)


class FirstTouch(threading.Thread):
    """The first node that somebody cordons, and its resource version then; ends with it."""

    def __init__(self, client):
        super().__init__(name="first-touch", daemon=True)
        self.client, self.version, self.node = client, None, None

    def run(self):
        for _, node in self.client.watch("nodes", timeout=600):
            if node.get("spec", {}).get("unschedulable"):
                self.version, self.node = int(node["metadata"]["resourceVersion"]), node["metadata"]["name"]
                return


class Witnesses:
    """All of them for one cluster, between start() and stop()."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.probes = [Probe(f"NodePort through {machine.name}", cluster.network.name, machine.address, 30080)
                       for machine in cluster.machines.values()]
        first = cluster.control_planes[0]
        self.probes.append(Probe(f"ClusterIP from {first.name}", cluster.network.of(first.name), "10.96.80.80", 80))
        self.servers = [ApiWitness(f"API server of {machine.name}", cluster.client_of(machine.address))
                        for machine in cluster.control_planes]
        self.retrying = []
        if len(self.servers) > 1:
            clients = [server.client for server in self.servers]
            self.servers.append(ApiWitness("API through the balancer", cluster.client))
            self.retrying = [RetryingClient("client that asks another server", clients)]
        self.steps = StepWatch(cluster.client)
        self.marker = Marker(cluster.client)

    @property
    def all(self):
        return [*self.probes, *self.servers, *self.retrying]

    def start(self):
        for witness in [*self.all, self.steps]:
            witness.start()
        return self

    def stop(self):
        for witness in [*self.all, self.steps]:
            if witness.is_alive():
                witness.stop()
        return self

    @property
    def failed(self):
        return sum(probe.failed for probe in self.probes)

    @property
    def failures(self):
        return [f"{probe.name}: {text}" for probe in self.probes for text in probe.failures]

    def report(self):
        return "\n".join([witness.report() for witness in self.all] + self.failures + ["", self.steps.report()])
