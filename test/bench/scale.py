"""What the controller itself spends in a large cluster: many nodes, no pods, many nodes in work at once."""
import contextlib
import dataclasses
import re
import statistics
import sys
import time

import precedence
from api_client import wait_until
from controller import Controller, binary
from fleet import Fleet
from harness import UPGRADE, condition
from memory import memory
from scene import spread, table

FIRST_PATCH = 4  # the nodes begin at v1.35.4; each round raises them by one patch
STALLED = 60  # seconds without another node are an error
MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Settings:
    """`upgrade`: how many nodes a round follows, once `at_once` are done; all of the cluster where it is too small
    for that. `precede`: with precedence over other work on the machine. `programs`: {name in the table: path of a
    controller}, measured in turn on the same nodes."""
    nodes: int = 5000
    at_once: int = 50
    executor: str = "External"
    work_seconds: float = 0
    upgrade: int = 1000
    rounds: int = 2
    precede: bool = False
    programs: dict = dataclasses.field(default_factory=lambda: {"controller": binary()})

    @property
    def whole(self):
        return self.at_once + self.upgrade >= self.nodes

    def __str__(self):
        followed = "all" if self.whole else f"{self.upgrade:,}"
        work = f" of {self.work_seconds:g} s" if self.work_seconds else ""
        return f"{self.nodes:,} nodes, {self.at_once} at once, {self.executor}{work}, {followed} followed"


class Reading:
    """One look at the controller's metrics."""

    def __init__(self, controller):
        self.time, self.series = time.monotonic(), controller.metrics()

    def total(self, name, label=""):
        return sum(value for series, value in self.series.items() if series.split("{")[0] == name and label in series)

    @property
    def resident(self):
        return self.total("process_resident_memory_bytes") / MIB

    def methods(self):
        return {match[1] for series in self.series
                if (match := re.match(r'rest_client_requests_total\{.*method="(\w+)"', series))}


@dataclasses.dataclass
class Round:
    """What one controller did between `before` and `after`, in which `nodes` came through in `seconds`."""
    start_cpu: float = 0  # seconds until it knew all nodes
    idle: float = 0  # MiB at that time
    before: Reading = None
    after: Reading = None
    nodes: int = 0
    seconds: float = 0
    sampled: float = 0  # MiB, the most that was seen
    in_work: list = dataclasses.field(default_factory=list)  # nodes, of each sample
    peak: float = 0  # MiB, by the kernel, of the whole life of the process

    def spent(self, name, label=""):
        return self.after.total(name, label) - self.before.total(name, label)

    def batches(self):
        return self.spent("clusterupgrade_planning_duration_seconds_count")

    def planning(self):
        return self.spent("clusterupgrade_planning_duration_seconds_sum")

    def cpu(self):
        return self.spent("process_cpu_seconds_total")

    def requests(self, method=""):
        return self.spent("rest_client_requests_total", method and f'method="{method}"') / self.nodes


REQUESTS = "requests per node"
MEASURES = {  # row: (digits, of a Round)
    "planning per batch, ms": (2, lambda each: each.planning() / each.batches() * 1000),
    "batches per node": (1, lambda each: each.batches() / each.nodes),
    "planning per node, ms": (1, lambda each: each.planning() / each.nodes * 1000),
    "CPU per node, ms": (1, lambda each: each.cpu() / each.nodes * 1000),
    "CPU per batch, ms": (2, lambda each: each.cpu() / each.batches() * 1000),
    "nodes per second": (1, lambda each: each.nodes / each.seconds),
    "nodes in work, mean": (1, lambda each: statistics.mean(each.in_work)),
    REQUESTS: (1, lambda each: each.requests()),
    "CPU from its start until it knows all nodes, s": (2, lambda each: each.start_cpu),
    "memory then, MiB": (1, lambda each: each.idle),
    "memory during the upgrade, the highest of a sample each second, MiB": (1, lambda each: each.sampled),
    "memory, the kernel's peak from start to end, MiB": (1, lambda each: each.peak),
}
TOLD = ("planning per batch, ms", "CPU per node, ms", "nodes per second")  # of each round, while it runs


def start(fleet, name, path, precede):
    """The controller at `path`, leading."""
    controller = Controller(name, fleet.account, fleet.folder)
    controller.command[0] = str(path)
    fleet.controllers = {name: controller}
    fleet.start_controller(name)
    if precede:
        precedence.give(controller)
    fleet.leader()
    return controller


def follow(fleet, controller, count, found):
    """Waits until `count` nodes came through, with a look at the memory each second; returns how many did."""
    done, moved = 0, time.monotonic()
    while done < count:
        before, done = done, fleet.agent.wait_done(count, timeout=1)
        controller.must_run()
        look = Reading(controller)
        found.sampled = max(found.sampled, look.resident)
        found.in_work.append(look.total("clusterupgrade_nodes", 'state="upgrading"'))
        moved = time.monotonic() if done > before else moved
        if time.monotonic() - moved > STALLED:
            raise RuntimeError(f"no node came through within {STALLED} s: {fleet.upgrade()['status']['conditions']}")
    return done


def measure(settings, fleet, controller, found):
    """Lets the upgrade go that waits paused, and fills in `found`."""
    found.before = Reading(controller)
    fleet.patch_upgrade({"spec": {"paused": False}})
    began, first = found.before.time, 0
    if not settings.whole:
        # From here on as many are in work as may be, and so they are at the end: both ends of the account are alike.
        first = follow(fleet, controller, settings.at_once, found)
        found.before = Reading(controller)
        began, found.in_work = found.before.time, []
    done = follow(fleet, controller, settings.nodes if settings.whole else first + settings.upgrade, found)
    if settings.whole:
        wait_until(lambda: controller.metric("clusterupgrade_condition", type="Ready", status="True"),
                   what="its metrics tell of the end", every=0.25)
    found.after = Reading(controller)
    found.nodes = done - first
    found.seconds = (fleet.agent.last_done() if settings.whole else found.after.time) - began


def one(settings, fleet, name, version):
    """Returns the Round of one controller that raises nodes to `version`, from its start to its end."""
    found = Round()
    controller = start(fleet, name, settings.programs[name], settings.precede)
    fleet.agent.begin(version)
    fleet.apply_upgrade(version=version, executor=settings.executor, paused=True, verify={"minReadySeconds": 0},
                        pools=[{"name": "workers", "maxUnavailable": settings.at_once}])
    fleet.wait_upgrade(lambda item: condition(item, "PreflightPassed").get("status") == "True"
                       and item["status"].get("nodes", {}).get("total") == settings.nodes, "all nodes are known")
    known = Reading(controller)
    found.start_cpu, found.idle = known.total("process_cpu_seconds_total"), known.resident
    measure(settings, fleet, controller, found)
    fleet.human.delete("clusterupgrades", UPGRADE)
    fleet.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone", timeout=120)
    found.peak = memory(controller, "VmHWM")
    if controller.stop():
        raise RuntimeError(f"{name} ended with {controller.popen.returncode}:\n{controller.tail()}")
    return found


def run(settings):
    found = {name: [] for name in settings.programs}
    with precedence.for_itself() if settings.precede else contextlib.nullcontext(), \
            Fleet("bench-scale", settings.nodes, f"v1.35.{FIRST_PATCH}", settings.executor == "Job",
                  settings.work_seconds) as fleet:
        for process in fleet.plane.processes.values() if settings.precede else ():
            precedence.give(process)
        patch = FIRST_PATCH
        for turn in range(settings.rounds):
            for name in list(found)[::1 if turn % 2 == 0 else -1]:
                patch += 1
                found[name].append(one(settings, fleet, name, f"v1.35.{patch}"))
                told = ", ".join(f"{MEASURES[row][1](found[name][-1]):.2f} {row}" for row in TOLD)
                print(f"{name}, round {turn + 1} of {settings.rounds}: {told}", file=sys.stderr, flush=True)
    return report(settings, found)


def report(settings, found):
    measures = {}
    for row, measured in MEASURES.items():
        measures[row] = measured
        if row == REQUESTS:
            methods = set().union(*(each.after.methods() for rounds in found.values() for each in rounds))
            measures.update({f"… {method}": (2, lambda each, method=method: each.requests(method))
                             for method in sorted(methods)})
    rows = []
    for row, (digits, of) in measures.items():
        values = [[of(each) for each in rounds] for rounds in found.values()]
        rows.append([row, *(spread(each, digits) for each in values)])
        if len(values) == 2:
            first, second = (statistics.median(each) for each in values)
            rows[-1].append(f"{second / first:.2f}" if first else "")
    compared = ["against ÷ controller"] if len(found) == 2 else []
    heads = [f"{name}, median (least–most)" for name in found]
    return table([str(settings), *heads, *compared], rows)
