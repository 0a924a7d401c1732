#!/usr/bin/env python3
"""The main job, to be watched: a ClusterUpgrade takes a real control plane's cluster up one version.

    ./demo.py                       its own cluster, gone at the end
    ./demo.py --keep                its own cluster, left running; ./demo.py --stop ends it
    ./demo.py --kubeconfig FILE     a cluster that you have: the plan is shown first, and you are asked

KEEP=1 and YES=1 in the environment are --keep and --yes; KUBECONFIG is not read from there, so that no demo meets a
cluster by accident. The exit status is 0 when the upgrade did what it promised.
"""
import argparse
import collections
import contextlib
import http.client
import json
import os
import pathlib
import signal
import statistics
import sys
import time

import audit
from api_client import ApiError, WaitTimeout
from binaries import BuildError
from controller import ROOT, binary
from demo_cluster import OwnCluster, UserCluster, stop_kept
from demo_view import CORDONED_BY, StepClock, View, natural
from harness import condition
from node_agent import condition_status

LOOK_SECONDS = 0.25


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


def say(text=""):
    print(text, flush=True)


@contextlib.contextmanager
def step(text):
    start = time.monotonic()
    say(f"▸ {text}")
    yield
    say(f"  {time.monotonic() - start:.1f} s")


def upgrade_named(cluster, name):
    return cluster.client.get("clusterupgrades", name)


def versions(nodes):
    return {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes}


def apply_example(cluster, path, paused=False):
    """Applies the file and returns its object's name."""
    upgrade = json.loads(cluster.kubectl("create", "--dry-run=client", "-f", path, "-o", "json"))
    if paused:
        upgrade["spec"]["paused"] = True
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(upgrade))
    return upgrade["metadata"]["name"]


def follow(cluster, name, timeout):
    """Shows the upgrade until it is Ready or Stalled; returns (object, clock)."""
    target = upgrade_named(cluster, name)["spec"]["version"]
    view, clock, deadline = View(target), StepClock(), time.monotonic() + timeout
    while True:
        cluster.controller.must_run()
        with contextlib.suppress(OSError, http.client.HTTPException):  # the API may be away for a moment
            upgrade, nodes = upgrade_named(cluster, name), cluster.client.list("nodes")
            clock.look(upgrade.get("status", {}), time.monotonic())
            view.show(nodes, upgrade)
            current = upgrade.get("status", {}).get("observedGeneration") == upgrade["metadata"]["generation"]
            if current and "True" in (condition(upgrade, kind).get("status") for kind in ("Ready", "Stalled")):
                return upgrade, clock
        if time.monotonic() > deadline:
            raise DemoFailed(f"the upgrade was not done within {timeout} s")
        time.sleep(LOOK_SECONDS)


def ask_first(cluster, path, yes):
    """On somebody's cluster: applies the object paused, shows the plan, and goes on only when told to."""
    cluster.install()
    name = apply_example(cluster, path, paused=True)
    cluster.start_controller()
    cluster.kubectl("wait", "--for=condition=Reconciling=false", f"clusterupgrade/{name}", "--timeout=60s")
    upgrade = upgrade_named(cluster, name)
    status = upgrade.get("status", {})
    say(f"The plan of ClusterUpgrade {name} (it is paused; nothing has been touched):")
    for version, count in sorted(collections.Counter(versions(cluster.client.list("nodes")).values()).items()):
        say(f"  {count} nodes at {version}")
    for hop in status.get("hops", []):
        parts = [text for key, text in (("controlPlane", "control plane"), ("workers", "workers")) if hop.get(key)]
        say(f"  to {hop['version']}: {', '.join(parts)}")
    for warning in status.get("warnings", []):
        say(f"  warning: {warning}")
    say(f"  {condition(upgrade, 'PreflightPassed').get('message', '')}")
    if not yes:
        if not sys.stdin.isatty():
            raise DemoFailed("no node was touched; YES=1 (--yes) goes on without asking")
        if input("Upgrade this cluster now? [yes/no] ") != "yes":
            raise DemoFailed(f"no node was touched; ClusterUpgrade {name} stays, paused")
    cluster.kubectl("patch", "clusterupgrade", name, "--type=merge", "-p", '{"spec": {"paused": false}}')
    return name


def summary(cluster, upgrade, before, clock, took):
    nodes = cluster.client.list("nodes")
    after = versions(nodes)
    say()
    say(f"{'NODE':14}{'BEFORE':12}{'AFTER':12}{'WORKING':>10}{'WAITING':>10}   (for budgets, and to see it healthy)")
    for name in sorted(after, key=natural):
        worked, waited = f"{clock.worked(name):.1f} s", f"{clock.waited(name):.1f} s"
        say(f"{name:14}{before.get(name, '-'):12}{after[name]:12}{worked:>10}{waited:>10}")
    say(f"evictions: {cluster.evictions()}")
    for warning in upgrade.get("status", {}).get("warnings", []):
        say(f"warning: {warning}")
    if isinstance(cluster, OwnCluster):
        soak = upgrade["spec"].get("verify", {}).get("minReadySeconds", 10)
        dead = [work.dead(soak) for work in audit.node_works(cluster.events())]
        if dead:
            say(f"dead time per node (neither pods leaving, nor the upgrade Job, nor the {soak} s of verification): "
                f"median {statistics.median(dead):.2f} s")
    say(f"whole upgrade: {took:.0f} s; controller's memory: {cluster.controller.rss_kib() / 1024:.1f} MiB")
    return nodes


def verdict(cluster, upgrade, nodes):
    """Prints what was promised and whether it holds; returns whether all of it does."""
    target, ready = upgrade["spec"]["version"], condition(upgrade, "Ready")
    skipped = upgrade.get("status", {}).get("nodes", {}).get("skipped", 0)
    behind = [name for name, version in versions(nodes).items() if version != target]
    marked = [node["metadata"]["name"] for node in nodes if CORDONED_BY in node["metadata"].get("annotations", {})]
    checks = [(f"every node is at {target}", len(behind) <= skipped),
              ("every node is Ready", all(condition_status(node) == "True" for node in nodes)),
              ("Ready=True", ready.get("status") == "True"),
              ("no node carries a cordon of the controller", not marked)]
    checks += cluster.checks(upgrade, nodes)
    say()
    for text, holds in checks:
        say(f"  {'✔' if holds else '✘'} {text}")
    stalled = condition(upgrade, "Stalled")
    if stalled.get("status") == "True":
        say(f"  Stalled, {stalled.get('reason')}: {stalled.get('message')}")
    return all(holds for _, holds in checks)


def run(cluster, args):
    with step("starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler and six nodes"
              if isinstance(cluster, OwnCluster) else f"looking at the cluster of {args.kubeconfig}"):
        cluster.start()
    for line in cluster.add_workloads():
        say(f"  {line}")
    before = versions(cluster.client.list("nodes"))
    if isinstance(cluster, OwnCluster):
        with step("kubectl apply -k deploy/ and starting the controller as its own ServiceAccount"):
            cluster.install()
            cluster.start_controller()
        say(f"▸ kubectl apply -f {os.path.relpath(args.upgrade, ROOT)}")
        name = apply_example(cluster, args.upgrade)
    else:
        name = ask_first(cluster, args.upgrade, args.yes)
    say()
    start = time.monotonic()
    upgrade, clock = follow(cluster, name, args.timeout)
    nodes = summary(cluster, upgrade, before, clock, time.monotonic() - start)
    return verdict(cluster, upgrade, nodes)


def kept(cluster):
    cluster.record()
    folder = cluster.folder
    say(f"""
The cluster stays, with its node agent and the controller:
  export KUBECONFIG={folder / 'admin.kubeconfig'} PATH={cluster.plane.bin}:$PATH
  kubectl get nodes,clusterupgrades
  kubectl patch clusterupgrade production --type=merge -p '{{"spec": {{"version": "v1.36.4"}}}}'
  tail -f {cluster.controller.log}
  curl -s 127.0.0.1:{cluster.controller.metrics_port}/metrics
To end it: {sys.argv[0]} --stop""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", default=bool(os.environ.get("KEEP")),
                        help="leave the cluster running")
    parser.add_argument("--stop", action="store_true", help="end the cluster that --keep has left")
    parser.add_argument("--kubeconfig", help="work on this cluster")
    parser.add_argument("--yes", action="store_true", default=bool(os.environ.get("YES")),
                        help="with --kubeconfig: do not ask")
    parser.add_argument("--upgrade", type=pathlib.Path, default=ROOT / "deploy/examples/job.yaml",
                        help="the ClusterUpgrade to apply (deploy/examples/job.yaml)")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/demo", help="logs and data (build/demo)")
    parser.add_argument("--work-seconds", type=float, default=3, help="how long an upgrade Job takes (3)")
    parser.add_argument("--timeout", type=float, default=900, help="seconds until the demo gives up (900)")
    args = parser.parse_args()
    args.folder, args.upgrade = args.folder.resolve(), args.upgrade.resolve()
    if args.stop:
        return 0 if stop_kept(args.folder) else "no kept cluster found"
    if not binary().exists():
        return f"error: {binary()} is missing: run make build first"
    stop_kept(args.folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cluster = (UserCluster(args.folder, args.kubeconfig) if args.kubeconfig
               else OwnCluster(args.folder, args.keep, args.work_seconds))
    stay = False
    try:
        worked = run(cluster, args)
        stay = args.keep and not args.kubeconfig
        if stay:
            kept(cluster)
        return 0 if worked else 1
    except (BuildError, DemoFailed, WaitTimeout, RuntimeError, ApiError) as error:
        return f"\nerror: {error}\nlogs: {args.folder}"
    except KeyboardInterrupt:
        return 130
    finally:
        if not stay:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
