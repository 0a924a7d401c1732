#!/usr/bin/env python3
"""Rules broken in the source: does the simulation notice?

Each mutant is a copy of the sources with one rule changed, built in build/mutants, and run through the regressions, then
through seeds until a promise is broken. It costs a build for each, so it is run by hand: make mutants, or
    test/simulation/source_mutants.py [--seeds 5000] [--only WORDS]
The copy is made anew each time; what was built stays. --check only says whether every change still applies.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

from source_mutants_list import MUTANTS

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TREE = REPOSITORY / "build" / "mutants" / "tree"
BUILD = TREE / "build" / "dev"  # as deep as the usual one: the compiler cache then knows most of it


def changed(mutant, root):
    """The new text of each file that the mutant changes, by path."""
    texts = {}
    for path, old, new in mutant["changes"]:
        text = texts.get(path) or (root / path).read_text()
        if text.count(old) != 1:
            raise ValueError(f'"{mutant["name"]}" changes what {path} has {text.count(old)} times: {old}')
        texts[path] = text.replace(old, new)
    return texts


def copy_tree():
    for name in ("CMakeLists.txt", "CMakePresets.json", "controller", "crds", "test"):
        source = REPOSITORY / name
        files = [source] if source.is_file() else [file for file in source.rglob("*") if file.is_file()]
        for file in files:
            target = TREE / file.relative_to(REPOSITORY)
            if not target.exists() or target.read_bytes() != file.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def build():
    """The last lines of the compiler if it refuses, or None."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev"], cwd=TREE, check=True, stdout=subprocess.DEVNULL)
    ninja = subprocess.run(["ninja", "-C", BUILD, "test/simulation/simulation"], capture_output=True, text=True)
    return None if ninja.returncode == 0 else ninja.stdout[-2000:]


def run(seeds):
    """How the simulation notices, or None: first what was found once, then any upgrade."""
    program = ["nice", "-n", "10", BUILD / "test" / "simulation" / "simulation"]
    known = subprocess.run([*program, "regressions"], capture_output=True, text=True)
    if known.returncode != 0:
        failed = re.search(r"^FAILED: (.*)$", known.stdout, re.MULTILINE)
        return f"regression: {failed.group(1)}" if failed else f"ended with {known.returncode}: {known.stderr[-300:]}"
    result = subprocess.run([*program, "seeds", str(seeds), "--until-broken"], capture_output=True, text=True)
    broken = re.search(r"^(\S+) broken after .*$", result.stdout, re.MULTILINE)
    if broken:
        seed = re.search(r"--seed (\d+)", result.stdout)
        return f"seed {seed.group(1)}: {broken.group(0)}"
    return f"ended with {result.returncode}: {result.stderr[-300:]}" if result.returncode != 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5000)
    parser.add_argument("--only", default="", help="mutants with these words in their name")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if arguments.only in mutant["name"]]
    if not mutants:
        sys.exit("no mutant has such a name")
    for mutant in mutants:
        changed(mutant, REPOSITORY)
    if arguments.check:
        return
    survivors = []
    for mutant in mutants:
        copy_tree()
        for path, text in changed(mutant, TREE).items():
            (TREE / path).write_text(text)
        refused = build()
        if refused:
            print(f'NO BUILD {mutant["name"]}:\n{refused}', flush=True)
            survivors.append(mutant["name"])
            continue
        noticed = run(arguments.seeds)
        print(f'{"killed  " if noticed else "SURVIVES"} {mutant["name"]}{": " + noticed if noticed else ""}', flush=True)
        if not noticed:
            survivors.append(mutant["name"])
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} killed within {arguments.seeds} seeds")


if __name__ == "__main__":
    main()
