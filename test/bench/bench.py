#!/usr/bin/env python3
"""Measures the controller on a real control plane and prints its figures as markdown. docs/PERFORMANCE.md says what
they mean and holds those of a run.

    ./bench.py [--repeat N] [drains] [reaction] [nodes] [memory] [scale]
    ./bench.py scale [--nodes N] [--at-once N] [--executor External|Job] [--work-seconds N] [--upgrade N]
                     [--rounds N] [--precede] [--controller PATH] [--against PATH]
"""
import argparse
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cluster"))

import drains
import memory
import nodes
import reaction
import scale
import scene
from controller import binary

IN_WORK_MAX = 50
PARTS = {  # name: (title of given arguments, what is measured)
    "drains": (lambda args: "A drain beside kubectl's", lambda args: drains.run(args.repeat)),
    "reaction": (lambda args: "A budget that opens", lambda args: reaction.run(max(3, args.repeat))),
    "nodes": (lambda args: f"An upgrade of {nodes.WORKERS} workers with {nodes.PODS} pods each",
              lambda args: nodes.run()),
    "memory": (lambda args: "Memory", lambda args: memory.run()),
    "scale": (lambda args: f"A cluster of {args.nodes:,} nodes", lambda args: scale.run(settings(args))),
}


def settings(args):
    programs = {"controller": args.controller, **({"against": args.against} if args.against else {})}
    return scale.Settings(args.nodes, args.at_once, args.executor, args.work_seconds, args.upgrade, args.rounds,
                          args.precede, programs)


def program(text):
    path = pathlib.Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is no file")
    return path.resolve()


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def in_work(text):
    number = positive(text)
    if number > IN_WORK_MAX:
        raise argparse.ArgumentTypeError(f"the controller has at most {IN_WORK_MAX} nodes in work")
    return number


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=positive, default=5, help="repetitions of each drain (5)")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
    of_scale = parser.add_argument_group("of scale")
    default = scale.Settings()
    of_scale.add_argument("--nodes", type=positive, default=default.nodes, help=f"in the cluster ({default.nodes})")
    of_scale.add_argument("--at-once", type=in_work, default=default.at_once,
                          help=f"maxUnavailable of their pool ({default.at_once})")
    of_scale.add_argument("--executor", default=default.executor, choices=("External", "Job"),
                          help=f"({default.executor})")
    of_scale.add_argument("--work-seconds", type=float, default=default.work_seconds, metavar="N",
                          help=f"that an upgrade of a node takes ({default.work_seconds:g})")
    of_scale.add_argument("--upgrade", type=positive, default=default.upgrade, metavar="N",
                          help=f"nodes that each round follows, or all if that is not many fewer ({default.upgrade})")
    of_scale.add_argument("--rounds", type=positive, default=default.rounds,
                          help=f"upgrades by each controller ({default.rounds})")
    of_scale.add_argument("--precede", action="store_true",
                          help="before other work on the machine, which slows that down; needs root")
    of_scale.add_argument("--controller", type=program, default=binary(), metavar="PATH",
                          help="the program (that of build/bin)")
    of_scale.add_argument("--against", type=program, metavar="PATH", help="another one, in turn on the same nodes")
    args = parser.parse_args()
    if set(args.part) - set(PARTS):
        parser.error(f"parts are {', '.join(PARTS)}")
    return args


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # everything is put away on the way out
    for name in args.part or PARTS:
        title, run = PARTS[name]
        print(f"## {title(args)}\n\n{run(args)}\n\n{scene.machine()}\n", flush=True)


if __name__ == "__main__":
    main()
