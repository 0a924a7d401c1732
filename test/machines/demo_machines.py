#!/usr/bin/env python3
"""The main job on a real cluster, to be watched: kubeadm, kubelets and containerd on machines of this machine.

    ./demo_machines.py [--keep] [--control-planes N] [--workers N]

One ClusterUpgrade takes it one minor version up; a workload is asked ten times a second meanwhile. The exit status is 0
when every node is at the target and no request failed. KEEP=1 in the environment is --keep.
"""
import argparse
import os
import signal
import sys
import time

import paths  # noqa: F401 (makes test/cluster importable)
import binaries
import cluster as machines
import demo
import executor
import podman
import programs
import scenario
from api_client import ApiError, WaitTimeout
from demo import say
from demo_view import natural
from harness import condition


class PatientClient:
    """An API server that has only just come back refuses what it cannot judge yet: that is no answer either."""

    def __init__(self, client):
        self.client = client

    def patient(self, call, *args):
        try:
            return call(*args)
        except ApiError as error:
            raise OSError(str(error)) from error

    def get(self, *args):
        return self.patient(self.client.get, *args)

    def list(self, *args):
        return self.patient(self.client.list, *args)


class Shown:
    """What demo.follow looks at."""

    def __init__(self, run):
        self.client = PatientClient(run.cluster.client)
        self.controller = self

    def must_run(self):
        """The controller runs in the cluster: its own pods are the cluster's business."""


def summary(run, before):
    say()
    after = run.cluster.versions()
    say(f"{'NODE':14}{'BEFORE':12}{'AFTER':12}")
    for name in sorted(after, key=natural):
        say(f"{name:14}{before.get(name, '-'):12}{after[name]:12}")
    say()
    say(run.witnesses.report())


def verdict(run, upgrade):
    nodes = run.cluster.client.list("nodes")
    asked = sum(probe.sent for probe in run.witnesses.probes)
    checks = [(f"every node is at {run.target}", set(run.cluster.versions().values()) == {run.target}),
              ("Ready=True", condition(upgrade, "Ready").get("status") == "True"),
              ("every node takes pods", not any(node["spec"].get("unschedulable") for node in nodes)),
              ("what was written before the upgrade is there", run.witnesses.marker.kept()),
              (f"{run.witnesses.failed} of {asked} requests to the workload failed", run.witnesses.failed == 0)]
    say()
    for text, holds in checks:
        say(f"  {'✔' if holds else '✘'} {text}")
    stalled = condition(upgrade, "Stalled")
    if stalled.get("status") == "True":
        say(f"  Stalled, {stalled.get('reason')}: {stalled.get('message')}")
    return all(holds for _, holds in checks)


def watch(run, args):
    before = run.cluster.versions()
    say(f"▸ kubectl apply -f - (ClusterUpgrade {scenario.UPGRADE}: {run.path[0]} → {run.target}, executor "
        f"{executor.kind()})")
    run.apply()
    say()
    start = time.monotonic()
    upgrade, _ = demo.follow(Shown(run), scenario.UPGRADE, args.timeout)
    run.witnesses.stop()
    summary(run, before)
    say(f"\nwhole upgrade: {time.monotonic() - start:.0f} s")
    good = verdict(run, upgrade)
    if args.keep:
        run.cluster.keep = True
        say(f"\nThe cluster stays:\n  {paths.HERE}/machines.py kubectl --name {args.name} get nodes\n"
            f"To end it:\n  {paths.HERE}/machines.py down --name {args.name}")
    return good


def main():
    known = programs.versions()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="demo")
    parser.add_argument("--from", dest="version", default=known[-2], choices=known)
    parser.add_argument("--to", default=known[-1], choices=known)
    parser.add_argument("--control-planes", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=1800, help="seconds until the demo gives up (1800)")
    parser.add_argument("--keep", action="store_true", default=bool(os.environ.get("KEEP")),
                        help="leave the cluster running")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    reason = machines.why_not()
    if reason:
        return f"error: no machines here: {reason}"
    say("▸ machines, images and programs (some 20 minutes when none of them was built yet)")
    try:
        if podman.containers(args.name):
            machines.Cluster(args.name, "any").down()
        with scenario.Run(args.name, [args.version, args.to], args.control_planes, args.workers) as run:
            good = watch(run, args)
        return 0 if good else 1
    except (binaries.BuildError, demo.DemoFailed, machines.MachinesError, podman.PodmanError, WaitTimeout, ApiError,
            RuntimeError) as error:
        return f"\nerror: {error}\nlogs: {paths.run_folder(args.name)}"
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
