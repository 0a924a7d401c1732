#!/usr/bin/env python3
"""Holds the sources of controller/ to .clang-tidy.

    ./tidy.py [--build FOLDER] [--seconds N] [--anew] [source ...]

A source takes about ten seconds. So a source that was found clean is remembered and not looked at again until it, a
header that it includes, .clang-tidy, the compiler's flags or clang-tidy itself change. The memory is outside the build
folder, for every clone: ${CU_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cluster-upgrade-controller}/tidy.
With --seconds no further source is begun after that time; what changed last comes first, and the next run goes on.
The findings differ between versions of clang-tidy: they are those of Debian 12, version 14.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "cluster"))
import binaries  # noqa: E402 (the path above comes first)

PROGRAM = "clang-tidy-14"


def closure(path, read):
    """`path` and all that it includes of ours, by path relative to controller/; `read` gives a file's text or None."""
    found, todo = {}, [path]
    while todo:
        name = todo.pop()
        if name in found or (text := read(name)) is None:
            continue
        found[name] = text
        todo += re.findall(r'(?m)^\s*#\s*include\s+"([^"]+)"', text)
    return found


def key(path, read, circumstances):
    """Names all that a source's findings depend on, but for the libraries' headers."""
    digest = hashlib.sha256(json.dumps(circumstances).encode())
    for name, text in sorted(closure(path, read).items()):
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode())
    return digest.hexdigest()


def read_controller(name):
    file = ROOT / "controller" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def commands(build):
    """The compiler's command by source, relative to controller/, without the machine's own paths."""
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    prefix = str(ROOT / "controller") + "/"
    return {entry["file"].removeprefix(prefix): entry["command"].replace(str(build), "").replace(str(ROOT), "")
            for entry in entries if entry["file"].startswith(prefix)}


def last_changes():
    """When each source was last committed, in seconds since 1970; edited since: maxsize."""
    def git(*arguments):
        return subprocess.run(["git", *arguments, "--name-only", "--", "controller"],
                              cwd=ROOT, text=True, capture_output=True, check=False).stdout
    changed = {}
    for commit in git("log", "--format=%x00%ct").split("\0")[1:]:
        when, *names = commit.split()
        for name in names:
            changed.setdefault(name.removeprefix("controller/"), int(when))
    for name in git("diff", "HEAD").split():
        changed[name.removeprefix("controller/")] = sys.maxsize
    return changed


def newest_first(sources, changed):
    return sorted(sources, key=lambda source: (-changed.get(source, sys.maxsize), source))


def examine(source, build, mark, until):
    """None: there was no time; else (source, findings)."""
    if time.monotonic() > until:
        return None
    done = subprocess.run(["nice", "-n", "10", PROGRAM, "-p", build, "--quiet", ROOT / "controller" / source],
                          text=True, capture_output=True, check=False)
    if done.returncode == 0:
        mark.touch()
        return source, ""
    return source, done.stdout or done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "dev", help="holds compile_commands.json")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no further source after these")
    parser.add_argument("--anew", action="store_true", help="forget what was found clean before")
    parser.add_argument("source", nargs="*", help="path or folder from controller/ on (default: all)")
    args = parser.parse_args()
    if not shutil.which(PROGRAM):
        sys.exit(f"{PROGRAM} is missing: make check-packages")
    cache = binaries.cache_root() / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([PROGRAM, "--version"], text=True, capture_output=True, check=True).stdout
    rules = (ROOT / ".clang-tidy").read_text(encoding="utf-8")
    marks = {source: cache / key(source, read_controller, [version, rules, command])
             for source, command in commands(args.build).items()
             if not args.source or any(source.startswith(each) for each in args.source)}
    todo = [source for source in newest_first(marks, last_changes()) if args.anew or not marks[source].exists()]
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [result for result in
                   pool.map(lambda source: examine(source, args.build, marks[source], begin + args.seconds), todo)
                   if result]
    found = {source: findings for source, findings in results if findings}
    for source in sorted(found):
        print(f"controller/{source}\n{found[source]}")
    print(f"{len(marks)} sources: {len(marks) - len(todo)} known to be clean, {len(results)} looked at in "
          f"{time.monotonic() - begin:.0f} s, {len(found)} with findings"
          + (f", {len(todo) - len(results)} left to the next run or to make tidy" if len(results) < len(todo) else ""))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
