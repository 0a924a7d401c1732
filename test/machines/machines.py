#!/usr/bin/env python3
"""Real kubeadm clusters on this machine: each node is a container with systemd, containerd and a kubelet.

    ./machines.py up --name a --from v1.35.4 --to v1.36.3 [--control-planes N] [--workers N] [--product]
    ./machines.py kubectl --name a get nodes
    ./machines.py shell --name a cp-1
    ./machines.py list
    ./machines.py down --name a
    ./machines.py test [one_minor ...]      all scenarios, or some

--to stages the images of that version on the machines, since there is no registry to pull from. --product installs the
controller from this tree (`kubectl apply -k deploy/`), and --workload the probed one.
"""
import argparse
import os
import subprocess
import sys
import time

import paths  # noqa: F401 (makes test/cluster importable)
import binaries
import cluster
import podman
import product
import programs
import scenario


def up(args):
    made = cluster.Cluster(args.name, args.version, args.control_planes, args.workers)
    try:
        made.up()
    except BaseException:
        made.keep_logs()
        made.down()
        raise
    for version in args.to:
        made.stage(version)
    if args.product:
        product.install(made)
        made.told("the controller runs")
    if args.workload:
        product.add_workload(made)
        made.told("the workload runs")
    print(made.kubectl("get", "nodes", "-o", "wide"), end="")
    print(f"\nkubectl in its network:  {sys.argv[0]} kubectl --name {args.name} get pods -A\n"
          f"a shell on a machine:    {sys.argv[0]} shell --name {args.name} cp-1\n"
          f"its end:                 {sys.argv[0]} down --name {args.name}")


def down(args):
    for name in cluster.clusters() if args.all else [args.name]:
        cluster.Cluster(name, "any").down()
        left = cluster.remains(name)
        if left:
            sys.exit(f"error: cluster {name}: left behind: {', '.join(left)}")


def show(_):
    for name in cluster.clusters():
        print(name, *podman.containers(name))


def kubectl(args):
    command = cluster.Cluster(args.name).kubectl_command(*args.arguments)
    os.execvp(command[0], command)


def shell(args):
    machine = cluster.Cluster(args.name).machines[args.machine]
    command = machine.command(f"TERM={os.environ.get('TERM', 'dumb')}", *(args.arguments or ["bash"]))
    os.execvp(command[0], command)


def test(args):
    """Each scenario in a process of its own, one after the other; the exit status is that of the worst."""
    files = {path.stem.removesuffix("_test"): path for path in sorted(paths.HERE.glob("*_test.py"))}
    unknown = set(args.scenarios) - set(files)
    if unknown:
        sys.exit(f"error: no scenario {', '.join(sorted(unknown))}; there are {', '.join(files)}")
    chosen = args.scenarios or list(files)
    print(f"{len(chosen)} scenarios on real kubeadm clusters: {', '.join(chosen)}. That may take long: some minutes "
          "for each upgrade, and half an hour more when nothing was built yet.", flush=True)
    told = {0: "passed", scenario.SKIPPED: "not run"}
    results = {}
    for name in chosen:
        start = time.monotonic()
        status = subprocess.run([sys.executable, files[name]], cwd=paths.HERE, check=False).returncode
        results[name] = told.get(status, "FAILED")
        print(f"{name}: {results[name]}, {time.monotonic() - start:.0f} s\n", flush=True)
    for name, result in results.items():
        print(f"{name:24}{result}")
    passed, failed = (list(results.values()).count(word) for word in ("passed", "FAILED"))
    print(f"{passed} passed, {failed} failed, {len(results) - passed - failed} skipped")
    sys.exit(1 if failed or (passed < len(results) and os.environ.get("CU_COMPLETE")) else 0)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default="a", help="the cluster's name (a)")
    known = programs.versions()
    verb = verbs.add_parser("up", parents=[named], help="bring a cluster up")
    verb.add_argument("--from", dest="version", default=known[-2], choices=known, help=f"({known[-2]})")
    verb.add_argument("--to", action="append", default=[], choices=known, help="stage its images; may be repeated")
    verb.add_argument("--control-planes", type=int, default=1)
    verb.add_argument("--workers", type=int, default=2)
    verb.add_argument("--product", action="store_true", help="install the controller")
    verb.add_argument("--workload", action="store_true", help="add two replicas with a budget and a NodePort")
    verb.set_defaults(act=up)
    verb = verbs.add_parser("down", parents=[named], help="remove a cluster")
    verb.add_argument("--all", action="store_true", help="remove all clusters")
    verb.set_defaults(act=down)
    verbs.add_parser("list", help="the clusters that are up").set_defaults(act=show)
    verb = verbs.add_parser("kubectl", parents=[named], help="kubectl as the administrator")
    verb.add_argument("arguments", nargs="*")
    verb.set_defaults(act=kubectl)
    verb = verbs.add_parser("shell", parents=[named], help="a shell, or a command, on a machine")
    verb.add_argument("machine")
    verb.add_argument("arguments", nargs="*")
    verb.set_defaults(act=shell)
    verb = verbs.add_parser("test", help="run scenarios")
    verb.add_argument("scenarios", nargs="*")
    verb.set_defaults(act=test)
    return parser.parse_args(with_separator(sys.argv[1:]))


def with_separator(arguments):
    """What follows `kubectl [--name NAME]` or `shell [--name NAME] MACHINE` is another program's, dashes and all."""
    own = {"kubectl": 1, "shell": 2}.get(arguments[0] if arguments else "", None)
    if own is None or set(arguments) & {"-h", "--help"} and len(arguments) == 2:
        return arguments
    own += 2 if arguments[1:2] == ["--name"] else 0
    return [*arguments[:own], "--", *arguments[own:]]


def main():
    args = parse()
    try:
        args.act(args)
    except (binaries.BuildError, cluster.MachinesError, podman.PodmanError, RuntimeError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
