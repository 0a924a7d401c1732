"""A whole upgrade with Jobs: what one node costs in time and in requests."""
import statistics
import time

import audit
import workloads
from harness import Cluster
from scene import MARKS, spread, table

WORKERS, PODS = 10, 30
APPS = 30  # Deployments, each with one pod on each worker and a budget of 20%
SOAK = 1  # verify.minReadySeconds


def run():
    with Cluster("bench-nodes", control_planes=1, workers=WORKERS, work_seconds=0) as cluster:
        names = [f"app-{i}" for i in range(APPS)]
        cluster.add_workloads(*(workloads.deployment(name, WORKERS * PODS // APPS) for name in names),
                              *(workloads.budget(name, max_unavailable="20%") for name in names))
        cluster.start_controller()
        cluster.leader()
        began = time.time()
        cluster.apply_upgrade(verify={"minReadySeconds": SOAK})
        cluster.wait_condition("Ready", timeout=600)
        time.sleep(1.2)  # the last report may follow a second later
        events = cluster.audit()
        rss = cluster.controllers["controller-1"].rss_kib()
    works = [work for work in audit.node_works(events) if work.evictions]
    sent = [event for event in events if event.user == audit.CONTROLLER and event.start >= began
            and event.resource not in ("events", "leases") and MARKS not in event.uri]
    evicted = sum(event.resource == "pods/eviction" and event.accepted for event in sent)
    return table(["of each of the workers", "median (least–most)"], [
        ["pods evicted", spread([work.evictions for work in works], 0)],
        ["wall time, cordon to release, s", spread([work.wall for work in works])],
        ["pods ending, s", spread([work.pods_ending for work in works])],
        ["Job's pod running, s", spread([work.job_run for work in works])],
        [f"dead time (the rest, without {SOAK} s of minReadySeconds), s", spread([work.dead(SOAK) for work in works])],
        ["requests beyond its evictions: of the whole upgrade, by node (Events, leases and marks apart)",
         f"{(len(sent) - evicted) / (WORKERS + 1):.1f} (mean)"],
        ["evictions refused by the budget", f"{statistics.mean(work.refused for work in works):.1f} (mean)"],
        ["controller's memory at the end, MiB", f"{rss / 1024:.1f}"]])
