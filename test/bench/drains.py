"""Our drain beside `kubectl drain`, on the same control plane, in turn."""
import statistics

import workloads
from scene import Scene, deployment, spread, table

# (pods, how long each takes to end, repetitions)
SHAPES = ((10, None), (30, None), (110, None), (30, "5s"))


def measure(scene, repeat):
    """[(pods, termination, [our rounds], [kubectl's rounds])]"""
    found = []
    for pods, termination in SHAPES:
        ours, theirs = [], []
        for turn in range(repeat):
            for by_us in (True, False) if turn % 2 == 0 else (False, True):
                with scene.filled_node(deployment("web", pods, workloads.times(termination=termination))) as place:
                    if by_us:
                        ours.append(scene.drain_by_us(*place))
                    else:
                        theirs.append(scene.drain_by_kubectl(*place))
        found.append((pods, termination, ours, theirs))
    return found


def verbs(counted):
    return ", ".join(f"{count} {verb}" for verb, count in sorted(counted.items(), key=lambda pair: -pair[1]))


def most(rounds, events):
    """The requests of the round that needed most, as text."""
    counted = max((work.requests(events) for work in rounds), key=lambda counts: sum(counts.values()))
    return sum(counted.values()), ", ".join(f"{count} {verb}" for verb, count in counted.most_common())


def report(found, events):
    """Times, requests, and where our time goes."""
    times, sent, notes = [], [], []
    for pods, termination, ours, theirs in found:
        name = f"{pods}, end after {termination}" if termination else f"{pods}, end at once"
        row = [name]
        for measure_of in (lambda work: work.seconds(events), lambda work: work.over(events)):
            mine, other = [measure_of(work) for work in ours], [measure_of(work) for work in theirs]
            row += [spread(mine), spread(other), f"{statistics.median(other) / statistics.median(mine):.1f}"]
        times.append(row)
        total, verbs = most(ours, events)
        sent.append([name, f"pods + {total - pods} ({verbs})", "{} ({})".format(*most(theirs, events))])
        notes.append(f"- {name}: {where_time_goes(ours, events)}")
    last, known = "last pod gone, s: ", "drain known to be over, s: "
    return "\n\n".join([
        table(["pods", last + "ours", "kubectl", "times", known + "ours", "kubectl", "times"], times),
        table(["pods", "requests for the node, from its cordon to its release: ours", "kubectl drain alone"], sent),
        "Where our time goes (medians):\n\n" + "\n".join(notes)])


def where_time_goes(rounds, events):
    first, inside, after = [], [], []
    for work in rounds:
        evictions, gone = work.evictions(events), work.gone(events)
        first.append(min(event.start for event in evictions) - work.cordon(events))
        inside += [event.end - event.start for event in evictions]
        after += [gone[event.name] - event.end for event in evictions if event.name in gone]
    return (f"cordon to first eviction {statistics.median(first):.2f} s; one eviction inside the API server "
            f"{statistics.median(inside) * 1000:.0f} ms; from its answer to the pod's end "
            f"{statistics.median(after) * 1000:.0f} ms")


def run(repeat):
    with Scene("bench-drains") as scene:
        found = measure(scene, repeat)
        return report(found, scene.cluster.audit())
