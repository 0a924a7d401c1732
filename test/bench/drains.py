"""Our drain beside `kubectl drain`, on the same control plane, in turn."""
import dataclasses
import statistics

import workloads
from scene import NAMESPACE, Scene, deployment, spread, table


@dataclasses.dataclass(frozen=True)
class Shape:
    """What is on the node: `pods` of `apps` Deployments, or of nobody where `apps` is 0, so that the drain is all that
    happens; each pod takes `termination` to end; `budgets`: one for each Deployment, which allows all of its pods to
    go at once."""
    pods: int
    apps: int = 1
    termination: str = ""
    budgets: bool = False

    def __str__(self):
        end = f"end after {self.termination}" if self.termination else "end at once"
        budgets = f", {self.apps} {'budget' if self.apps == 1 else 'budgets'}" if self.budgets else ""
        return f"{self.pods}{'' if self.apps else ' alone'}, {end}{budgets}"

    def objects(self):
        if not self.apps:
            for i in range(self.pods):
                yield workloads.pod(f"alone-{i}", NAMESPACE, workloads.times(termination=self.termination))
        for i in range(self.apps):
            times = workloads.times(termination=self.termination)
            yield deployment(f"app-{i}", self.pods // self.apps, times)
            if self.budgets:
                yield workloads.budget(f"app-{i}", NAMESPACE, min_available=0)


SHAPES = (Shape(10), Shape(30), Shape(110), Shape(110, apps=0), Shape(30, termination="5s"),
          Shape(30, apps=10, budgets=True), Shape(30, budgets=True))


def measure(scene, repeat):
    """[(shape, [our rounds], [kubectl's rounds])]"""
    found = []
    for shape in SHAPES:
        ours, theirs = [], []
        for turn in range(repeat):
            for by_us in (True, False) if turn % 2 == 0 else (False, True):
                with scene.filled_node(*shape.objects()) as place:
                    if by_us:
                        ours.append(scene.drain_by_us(*place))
                    else:
                        theirs.append(scene.drain_by_kubectl(*place))
        found.append((shape, ours, theirs))
    return found


def most(rounds, events):
    """The requests of the round that needed most, as text."""
    counted = max((work.requests(events) for work in rounds), key=lambda counts: sum(counts.values()))
    return sum(counted.values()), ", ".join(f"{count} {verb}" for verb, count in counted.most_common())


def report(found, events):
    """Times, requests, and where our time goes."""
    times, sent, notes = [], [], []
    for shape, ours, theirs in found:
        row = [shape]
        for measure_of in (lambda work: work.seconds(events), lambda work: work.over(events)):
            mine, other = [measure_of(work) for work in ours], [measure_of(work) for work in theirs]
            row += [spread(mine), spread(other), f"{statistics.median(other) / statistics.median(mine):.1f}"]
        times.append(row)
        total, verbs = most(ours, events)
        sent.append([shape, f"pods + {total - shape.pods} ({verbs})", "{} ({})".format(*most(theirs, events))])
        notes.append(f"- {shape}: {where_time_goes(ours, events)}")
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
