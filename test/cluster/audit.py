#!/usr/bin/env python3
"""Reads the API server's audit log: the neutral clock, and the list of every request.

    ./audit.py audit.log [--soak SECONDS]      a summary of what the controller did

Everything below read() is a pure function of events. Times are seconds since 1970.
"""
import argparse
import collections
import contextlib
import dataclasses
import datetime
import itertools
import json
import statistics

CONTROLLER = "system:serviceaccount:cluster-upgrade-system:cluster-upgrade-controller"
JOB_NAMESPACE = "cluster-upgrade-jobs"
CORDONED_BY = "clusterupgrade.io/cordoned-by"
WRITES = ("create", "update", "patch", "delete", "deletecollection")


@dataclasses.dataclass(frozen=True)
class Event:
    """One answered request. `resource` carries the subresource (pods/eviction); bodies are {} where not recorded."""
    start: float
    end: float
    user: str
    agent: str
    verb: str
    resource: str
    namespace: str
    name: str
    code: int
    uri: str
    request: dict
    response: dict

    @property
    def accepted(self):
        return 200 <= self.code < 300


@dataclasses.dataclass(frozen=True)
class NodeState:
    """What a write left of a Node."""
    time: float
    unschedulable: bool
    owner: str       # value of clusterupgrade.io/cordoned-by, or ""
    ready: bool
    version: str

    @property
    def ours(self):
        return self.unschedulable and bool(self.owner)


@dataclasses.dataclass
class NodeWork:
    """What was done to one node between our cordon and its release; durations in seconds."""
    node: str
    cordon: float
    release: float
    evictions: int
    refused: int             # evictions answered with 429
    job_create: float
    pods_ending: float       # at least one evicted pod was on its way out
    job_run: float           # the Job's pod was running
    requests: dict           # of the controller meanwhile, Events apart: {verb: count}

    @property
    def wall(self):
        return self.release - self.cordon

    def dead(self, soak):
        """Time in which nothing physical happened: neither pods ending, nor the Job, nor the soak asked for."""
        return self.wall - self.pods_ending - self.job_run - soak


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def parse(lines):
    """Events in the order of their answers. A watch counts when it is opened; a last line cut short is left out. Who
    was refused with 401 is nobody, and such an answer is logged as begun, never as complete."""
    events = []
    for line in lines:
        try:
            raw = json.loads(line)
        except ValueError:
            continue
        user = raw["user"].get("username", "")
        if (raw["verb"] == "watch" or not user) != (raw["stage"] == "ResponseStarted"):
            continue
        where = raw.get("objectRef", {})
        resource = "/".join(part for part in (where.get("resource", ""), where.get("subresource")) if part)
        response = raw.get("responseObject", {})
        name = where.get("name") or response.get("metadata", {}).get("name", "")
        events.append(Event(
            seconds(raw["requestReceivedTimestamp"]), seconds(raw["stageTimestamp"]), user, raw.get("userAgent", ""),
            raw["verb"], resource, where.get("namespace", ""), name,
            raw.get("responseStatus", {}).get("code", 0), raw["requestURI"], raw.get("requestObject", {}), response))
    return sorted(events, key=lambda event: event.end)


def read(*paths):
    """Of one log, or of one for each API server."""
    with contextlib.ExitStack() as stack:
        return parse(itertools.chain(*(stack.enter_context(open(path, encoding="utf-8")) for path in paths)))


# -- requests ---------------------------------------------------------------------------------------------------
def requests(events, user=CONTROLLER):
    """{(verb, resource): count} of one user."""
    return collections.Counter((event.verb, event.resource) for event in events if event.user == user)


def writes(events, user=CONTROLLER, leases=False, reports=True):
    """Accepted writes of one user, no dry runs; Lease renewals only with leases=True, Events only with reports=True."""
    hidden = set() if leases else {"leases"}
    hidden |= set() if reports else {"events"}
    return [event for event in events if event.user == user and event.verb in WRITES and event.accepted
            and event.resource not in hidden and "dryRun=" not in event.uri]


def first_write_after(events, time, user=CONTROLLER, leases=False):
    """The first accepted write that began after `time`, or None."""
    return next((event for event in writes(events, user, leases) if event.start > time), None)


def makes_upgrade_job(event):
    """Not one that pulls images."""
    labels = event.response.get("metadata", {}).get("labels", {})
    return event.verb == "create" and event.resource == "jobs" and "clusterupgrade.io/pulls-images" not in labels


def job_creations(events):
    """{(node, version, attempt): accepted creations} of upgrade Jobs; more than one is a broken promise unless the
    Job in between was deleted."""
    made = collections.Counter()
    for event in events:
        if makes_upgrade_job(event) and event.namespace == JOB_NAMESPACE and event.accepted \
                and "dryRun=" not in event.uri:
            annotations = event.response.get("metadata", {}).get("annotations", {})
            made[tuple(annotations.get(f"clusterupgrade.io/{key}") for key in ("node", "version", "attempt"))] += 1
    return made


# -- nodes ------------------------------------------------------------------------------------------------------
def node_states(events):
    """{node: [NodeState in the order of their resourceVersions]}, of every accepted write to a Node or its status."""
    found = collections.defaultdict(list)
    for event in events:
        if event.resource not in ("nodes", "nodes/status") or not event.accepted or "dryRun=" in event.uri:
            continue
        if event.response.get("kind") != "Node":
            continue
        meta, status = event.response["metadata"], event.response.get("status", {})
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
        state = NodeState(event.end, event.response.get("spec", {}).get("unschedulable", False),
                          meta.get("annotations", {}).get(CORDONED_BY, ""), ready,
                          status.get("nodeInfo", {}).get("kubeletVersion", ""))
        found[meta["name"]].append((int(meta["resourceVersion"]), state))
    return {node: [state for _, state in sorted(states, key=lambda pair: pair[0])] for node, states in found.items()}


def intervals(states, holds):
    """[(from, to)] in which holds(state) was true; an open end is infinity."""
    spans, since = [], None
    for state in states:
        if holds(state) and since is None:
            since = state.time
        elif not holds(state) and since is not None:
            spans.append((since, state.time))
            since = None
    return spans + ([(since, float("inf"))] if since is not None else [])


def cordons(events):
    """{node: [(from, to)]}: when the node was cordoned by us."""
    spans = {node: intervals(states, lambda state: state.ours) for node, states in node_states(events).items()}
    return {node: found for node, found in spans.items() if found}


def most_at_once(spans):
    """(how many at most, the nodes) of {node: [(from, to)]} that hold at one instant."""
    edges = sorted((edge, delta, node) for node, found in spans.items()
                   for start, end in found for edge, delta in ((start, 1), (end, -1)))
    now, best = set(), set()
    for _, delta, node in edges:
        if delta > 0:
            now.add(node)
        else:
            now.discard(node)
        if len(now) > len(best):
            best = set(now)
    return len(best), sorted(best)


def union_length(spans):
    total, reach = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total


def placements(events):
    """{(namespace, pod): [(time, node)]}, of bindings and of pods created with a nodeName; a StatefulSet's pod comes
    back under its old name elsewhere."""
    found = collections.defaultdict(list)
    for event in events:
        if not event.accepted or event.verb != "create":
            continue
        if event.resource == "pods/binding":
            found[event.namespace, event.name].append((event.end, event.request["target"]["name"]))
        elif event.resource == "pods" and event.response.get("spec", {}).get("nodeName"):
            found[event.namespace, event.name].append((event.end, event.response["spec"]["nodeName"]))
    return found


def node_at(placed, pod, time):
    """The node of (namespace, name) at that time, or None."""
    return next((node for since, node in reversed(placed.get(pod, [])) if since <= time), None)


def removals(events):
    """{(namespace, pod): [time]}: when it was gone (kwok's delete is the end of a pod)."""
    found = collections.defaultdict(list)
    for event in events:
        if event.verb == "delete" and event.resource == "pods" and event.accepted and event.user == "kwok":
            found[event.namespace, event.name].append(event.end)
    return found


def pod_runs(events):
    """{(namespace, pod): (Running at, ended at)} of upgrade Jobs' pods; the end is None while it runs."""
    found = {}
    for event in events:
        if event.resource == "pods/status" and event.namespace == JOB_NAMESPACE and event.accepted:
            phase, key = event.request.get("status", {}).get("phase"), (event.namespace, event.name)
            if phase == "Running" and key not in found:
                found[key] = (event.end, None)
            elif phase in ("Succeeded", "Failed") and key in found:
                found[key] = (found[key][0], event.end)
    return found


def node_works(events, user=CONTROLLER):
    """[NodeWork], one for each of our cordons that was released, in the order of the cordons."""
    pods = placements(events), pod_runs(events), removals(events)
    works = []
    for node, spans in cordons(events).items():
        for start, end in spans:
            if end != float("inf"):
                works.append(node_work(node, (start, end), events, pods, user))
    return sorted(works, key=lambda work: work.cordon)


def node_work(node, span, events, pods, user):
    placed, runs, gone = pods
    inside = [event for event in events if event.user == user and span[0] <= event.end <= span[1]]
    cordon = next((event.start for event in events if event.end == span[0]), span[0])
    evictions = [event for event in inside if event.resource == "pods/eviction"
                 and node_at(placed, (event.namespace, event.name), event.end) == node]
    ending = []
    for event in evictions:
        if event.accepted:
            after = (time for time in gone[event.namespace, event.name] if time >= event.start)
            ending.append((event.end, max(event.end, next(after, span[1]))))
    ran = [(start, min(end or span[1], span[1])) for pod, (start, end) in runs.items()
           if span[0] <= start <= span[1] and node_at(placed, pod, start) == node]
    jobs = [event.start for event in inside if makes_upgrade_job(event)]
    counted = collections.Counter(event.verb for event in inside if event.resource not in ("events", "leases"))
    return NodeWork(node, cordon, span[1], sum(event.accepted for event in evictions),
                    sum(event.code == 429 for event in evictions), jobs[0] if jobs else 0.0,
                    union_length(ending), union_length(ran), dict(counted))


# -- summary ----------------------------------------------------------------------------------------------------
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--soak", type=float, default=10, help="verify.minReadySeconds of the upgrade (10)")
    args = parser.parse_args()
    events = read(args.log)
    works = node_works(events)
    print(f"{'NODE':20} {'WALL s':>8} {'PODS s':>8} {'JOB s':>8} {'DEAD s':>8} {'EVICTED':>8} {'REQUESTS':>9}")
    for work in works:
        print(f"{work.node:20} {work.wall:8.2f} {work.pods_ending:8.2f} {work.job_run:8.2f} "
              f"{work.dead(args.soak):8.2f} {work.evictions:8} {sum(work.requests.values()):9}")
    if works:
        print(f"median dead time: {statistics.median(work.dead(args.soak) for work in works):.2f} s")
    print("most nodes cordoned by us at once:", *most_at_once(cordons(events)))
    for (verb, resource), count in sorted(requests(events).items()):
        print(f"{count:8} {verb} {resource}")


if __name__ == "__main__":
    main()
