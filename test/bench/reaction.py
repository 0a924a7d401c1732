"""How long after a budget allows it a pod is asked to go."""
import random
import time

import audit
import workloads
from api_client import wait_until
from scene import KUBECTL, NAMESPACE, Scene, deployment, percentile, table

TOGETHER = 20  # pods that wait at once: few enough for kubectl's own limit of 5 requests a second
PAUSE = (0.15, 0.45)  # seconds between two openings


def openings(events):
    """{budget: when the status that allows an eviction was sent to the server}"""
    found = {}
    for event in events:
        if event.resource == "poddisruptionbudgets/status" and event.accepted and event.namespace == NAMESPACE \
                and event.request.get("status", {}).get("disruptionsAllowed", 0) > 0:
            found.setdefault(event.name, event.start)
    return found


def reactions(work, events):
    """Seconds from each opening to the first request to evict that budget's pod; the server may have refused it for
    another reason: what counts is when it was asked."""
    inside = work.events(events)
    opened, asked = openings(inside), {}
    for event in inside:
        name = event.name.rsplit("-", 2)[0]
        if event.user == work.user and event.resource == "pods/eviction" and event.start >= opened.get(name, 1e99):
            asked.setdefault(name, event.start)
    return [asked[name] - when for name, when in opened.items()]


def all_refused(scene, user, since, names):
    """Every pod has been refused once: the drain waits for the budgets."""
    def look():
        return {event.name.rsplit("-", 2)[0] for event in scene.cluster.audit() if event.start > since
                and event.user == user and event.resource == "pods/eviction" and event.code == 429}
    wait_until(look, lambda refused: refused >= set(names), "every budget has refused", timeout=120, every=1)


def open_all(scene, user, since, names):
    all_refused(scene, user, since, names)
    time.sleep(1)
    for name in random.sample(names, len(names)):
        scene.cluster.let_go(name, NAMESPACE)
        time.sleep(random.uniform(*PAUSE))


def one(scene, by_us):
    names = [f"app-{i}" for i in range(TOGETHER)]
    budgets = [workloads.held_budget(name, 1, NAMESPACE) for name in names]
    with scene.filled_node(*(deployment(name, 1) for name in names), *budgets) as place:
        since = time.time()
        if by_us:
            return scene.drain_by_us(*place, lambda: open_all(scene, audit.CONTROLLER, since, names))
        return scene.drain_by_kubectl(*place, lambda: open_all(scene, KUBECTL, since, names))


def run(rounds):
    with Scene("bench-reaction") as scene:
        works = [(by_us, one(scene, by_us)) for turn in range(rounds) for by_us in (True, False)]
        events = scene.cluster.audit()
    rows = []
    for name, side in (("ours", True), ("kubectl drain", False)):
        seconds = [value for by_us, work in works if by_us is side for value in reactions(work, events)]
        refused = sum(event.code == 429 for by_us, work in works if by_us is side for event in work.events(events)
                      if event.user == work.user and event.resource == "pods/eviction")
        rows.append([name, len(seconds), *(f"{value * 1000:.0f} ms" for value in (
            percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))), refused])
    return table(["", "openings", "p50", "p99", "longest", "refused evictions"], rows)
