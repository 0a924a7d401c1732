#!/usr/bin/env python3
"""Measures the controller on a real control plane and prints its figures as markdown. docs/PERFORMANCE.md says what
they mean and holds those of a run.

    ./bench.py [--repeat N] [drains] [reaction] [nodes] [memory]
"""
import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cluster"))

import drains
import memory
import nodes
import reaction
import scene


def main():
    parts = {
        "drains": ("A drain beside kubectl's", lambda: drains.run(args.repeat)),
        "reaction": ("A budget that opens", lambda: reaction.run(max(3, args.repeat))),
        "nodes": (f"An upgrade of {nodes.WORKERS} workers with {nodes.PODS} pods each", nodes.run),
        "memory": ("Memory", memory.run),
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="repetitions of each drain (5)")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(parts)}; none: all")
    args = parser.parse_args()
    if set(args.part) - set(parts):
        parser.error(f"parts are {', '.join(parts)}")
    for name in args.part or parts:
        title, run = parts[name]
        print(f"## {title}\n\n{run()}\n\n{scene.machine()}\n", flush=True)


if __name__ == "__main__":
    main()
