"""What every benchmark stands on: one control plane, a spare node that takes what leaves, and rounds on fresh nodes."""
import collections
import contextlib
import dataclasses
import math
import os
import statistics
import time

import audit
import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster
from process import Process
from workloads import controlled, template

NAMESPACE = "bench"
SPARE = "spare"
KUBECTL = "kubectl-drain"  # the user under which kubectl works, so that the audit log tells it from the test
NODE_FIELD = "fieldSelector=spec.nodeName"
MARKS = "fieldManager=cluster-upgrade-controller-marks"
DRAIN_FLAGS = ("--ignore-daemonsets", "--force", "--delete-emptydir-data")


def deployment(name, replicas, annotations=None):
    """A Deployment without rules of its own about where its pods go."""
    return controlled("Deployment", name, NAMESPACE, {"replicas": replicas, "template": template(name, annotations)})


@dataclasses.dataclass
class Round:
    """One drain of one node by one user, found again in the audit log by its time."""
    user: str
    node: str
    pods: list
    began: float
    ended: float = 0.0

    def events(self, events):
        return [event for event in events if self.began <= event.start <= self.ended]

    def cordon(self, events):
        """When the request that cordoned the node was received."""
        return next(event.start for event in self.events(events) if event.user == self.user
                    and event.verb == "patch" and event.resource == "nodes" and event.name == self.node
                    and event.response.get("spec", {}).get("unschedulable"))

    def gone(self, events):
        """{pod: when it was gone} of the pods that were on the node."""
        found = audit.removals(self.events(events))
        return {pod: found[NAMESPACE, pod][0] for pod in self.pods}

    def seconds(self, events):
        """From the cordon's request to the end of the last pod."""
        return max(self.gone(events).values()) - self.cordon(events)

    def over(self, events):
        """From the cordon's request until the drainer knew and went on: kubectl ends with its last answer, the
        controller writes down that the next step has begun."""
        own = [event for event in self.events(events) if event.user == self.user]
        if self.user == KUBECTL:
            return own[-1].end - self.cordon(events)
        return next(event.start for event in own if self.step_of(event) == "Upgrading") - self.cordon(events)

    def step_of(self, event):
        """The node's step that a write of the status leaves, or None."""
        if event.resource != "clusterupgrades/status":
            return None
        entries = event.response.get("status", {}).get("inProgress", [])
        return next((entry["step"] for entry in entries if entry["name"] == self.node), None)

    def requests(self, events):
        """{verb: count} of the user for this node, without Events, leases and node hints. What an upgrade costs
        once, however many nodes it has, is left out: /version, the preflight's lists of everything, the finalizer,
        writes of the status before the node."""
        own = [event for event in self.events(events) if event.user == self.user
               and event.resource not in ("events", "leases", "clusterupgrades", "") and MARKS not in event.uri
               and not (event.verb == "list" and NODE_FIELD not in event.uri)]
        begun = next((event.end for event in own if self.step_of(event)), 0)
        return collections.Counter(event.verb for event in own
                                   if event.resource != "clusterupgrades/status" or event.end >= begun)

    def evictions(self, events):
        """Accepted evictions of the user."""
        return [event for event in self.events(events) if event.user == self.user
                and event.resource == "pods/eviction" and event.accepted]


class Scene:
    """The control plane with the controller beside it. Nodes in a round are new; only the spare one stays."""

    def __init__(self, name):
        self.cluster = Cluster(name, control_planes=0, workers=0, work_seconds=0)
        self.rounds = 0

    def __enter__(self):
        self.cluster.__enter__()
        try:
            workloads.create(self.cluster.client, workloads.namespace_object(NAMESPACE))
            self.cluster.add_nodes([SPARE], labels={"clusterupgrade.io/exclude": "true"})
            self.cluster.start_controller()
            self.cluster.leader()
            self.cluster.plane.kubectl("get", "nodes", user=KUBECTL)  # its discovery is cached from here on
            return self
        except BaseException:
            self.cluster.__exit__()
            raise

    def __exit__(self, *_):
        self.cluster.__exit__()

    @property
    def client(self):
        return self.cluster.client

    @contextlib.contextmanager
    def filled_node(self, *objects):
        """A new node with all pods of the objects on it; yields (its name, its pods' names). Cleans up after."""
        self.rounds += 1
        node = f"node-{self.rounds}"
        self.cluster.cordon(SPARE)
        self.cluster.add_nodes([node])
        self.cluster.add_workloads(*objects)
        self.cluster.cordon(SPARE, unschedulable=False)
        try:
            yield node, [pod["metadata"]["name"] for pod in self.pods_on(node)]
        finally:
            for item in objects:
                if item["kind"] == "Pod":
                    continue  # the drain took it
                self.client.delete(workloads.RESOURCES[item["kind"]], item["metadata"]["name"], NAMESPACE)
            wait_until(lambda: self.client.list("pods", NAMESPACE), lambda pods: not pods, "no pod is left", 120)
            self.client.delete("nodes", node)

    def pods_on(self, node):
        return self.client.list("pods", NAMESPACE, fields=f"spec.nodeName={node}")

    def drain_by_kubectl(self, node, pods, during=lambda: None):
        """Returns the Round; `kubectl drain` with its default settings. `during` is called while it runs."""
        work = Round(KUBECTL, node, pods, time.time())
        command = self.cluster.plane.kubectl_command("drain", node, *DRAIN_FLAGS, user=KUBECTL)
        drain = Process("kubectl drain", command, self.cluster.folder / "kubectl-drain.log").start()
        during()
        if drain.wait(300):
            raise RuntimeError(f"kubectl drain failed:\n{drain.tail()}")
        work.ended = time.time()
        return work

    def drain_by_us(self, node, pods, during=lambda: None):
        """Returns the Round: a whole upgrade of the one node, by an executor that needs no time. `during` is called
        when the upgrade has been applied."""
        work = Round(audit.CONTROLLER, node, pods, time.time())
        self.cluster.apply_upgrade(executor="External", verify={"minReadySeconds": 0})
        during()
        self.cluster.wait_condition("Ready", timeout=300)
        time.sleep(1.2)  # the last report may follow a second later: it counts as well
        work.ended = time.time()
        self.cluster.human.delete("clusterupgrades", UPGRADE)
        self.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone")
        return work


def spread(values, digits=2):
    """'median (least–most)'"""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def percentile(values, share):
    """The smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine():
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (1 min) at the end"
