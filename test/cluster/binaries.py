#!/usr/bin/env python3
"""Builds the programs of the test cluster from their Go modules, once, into a cache outside the build folder.

    ./binaries.py [--print-folder] [program ...]      (no program: all but helm)

The cache is ${CU_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cluster-upgrade-controller}/bin-<hash>; the hash covers go.mod,
go.sum and the build flags, so that another version never meets an old binary. Two builds at once wait for each other.
"""
import argparse
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

MODULES = pathlib.Path(__file__).resolve().parent / "modules"

# program: (module folder, package)
PROGRAMS = {
    "kube-apiserver": ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": ("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kube-scheduler": ("kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"),
    "kubectl": ("kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    "etcd": ("etcd", "go.etcd.io/etcd/server/v3"),
    "kwok": ("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    "helm": ("helm", "helm.sh/helm/v4/cmd/helm"),
}
CLUSTER_PROGRAMS = [name for name in PROGRAMS if name != "helm"]


class BuildError(Exception):
    """A program could not be built; the message says what to do."""


def module_version(module, path):
    """The version of `path` that modules/<module>/go.mod requires."""
    text = (MODULES / module / "go.mod").read_text()
    match = re.search(rf"^(?:require\s+)?\s*{re.escape(path)}\s+(v\S+)", text, re.MULTILINE)
    if not match:
        raise BuildError(f"modules/{module}/go.mod does not require {path}")
    return match.group(1)


def linker_flags(module):
    flags = ["-s", "-w"]
    if module == "kubernetes":  # without these clients see v0.0.0-master
        version = module_version(module, "k8s.io/kubernetes")
        major, minor = version.lstrip("v").split(".")[:2]
        values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
        flags += [f"-X k8s.io/component-base/version.{key}={value}" for key, value in values.items()]
    if module == "helm":
        flags.append(f"-X helm.sh/helm/v4/internal/version.version={module_version(module, 'helm.sh/helm/v4')}")
    return " ".join(flags)


def cache_root():
    if os.environ.get("CU_CACHE"):
        return pathlib.Path(os.environ["CU_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "cluster-upgrade-controller"


def folder():
    """Where the programs are, or will be after ensure()."""
    digest = hashlib.sha256()
    for module in sorted({module for module, _ in PROGRAMS.values()}):
        for name in ("go.mod", "go.sum"):
            digest.update((MODULES / module / name).read_bytes())
        digest.update(linker_flags(module).encode())
    return cache_root() / f"bin-{digest.hexdigest()[:12]}"


class Progress:
    """One line per program; on a terminal it counts while the compiler works, elsewhere it speaks every 30 s."""

    def __init__(self, title, out):
        self.title, self.out, self.compiled, self.start = title, out, 0, time.monotonic()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        print(f"{self.title} ...", end="" if self.out.isatty() else "\n", file=self.out, flush=True)
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stop.set()
        self.thread.join()
        self.show("failed after" if kind else "built in", final=True)

    def run(self):
        while not self.stop.wait(1 if self.out.isatty() else 30):
            self.show(f"{self.compiled} packages compiled,", final=False)

    def show(self, what, final):
        line = f"{self.title}  {what} {time.monotonic() - self.start:.0f} s"
        if self.out.isatty():
            print(f"\r\033[K{line}", end="\n" if final else "", file=self.out, flush=True)
        else:
            print(line, file=self.out, flush=True)


def go_build(program, target, progress):
    module, package = PROGRAMS[program]
    env = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly", GOWORK="off")
    command = ["go", "build", "-v", "-trimpath", "-ldflags", linker_flags(module), "-o", str(target), package]
    tail = []
    with subprocess.Popen(command, cwd=MODULES / module, env=env, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        for line in process.stderr:
            progress.compiled += not line.startswith("go: ")
            tail = (tail + [line.rstrip()])[-15:]
    if process.returncode:
        raise BuildError(f"go build {package} failed:\n  " + "\n  ".join(tail))


def ensure(programs=None, out=sys.stderr):
    """Builds what is missing of `programs` (default: CLUSTER_PROGRAMS) and returns the folder they are in."""
    programs = programs or CLUSTER_PROGRAMS
    target = folder()
    if all((target / program).exists() for program in programs):
        return target
    if not shutil.which("go"):
        raise BuildError("Go is needed to build the test cluster's programs and is not in PATH: https://go.dev/dl/")
    target.mkdir(parents=True, exist_ok=True)
    with open(target / ".lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another build of {target} is under way: waiting for it", file=out, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [program for program in programs if not (target / program).exists()]
        for number, program in enumerate(missing, 1):
            version = module_version(PROGRAMS[program][0], re.sub("/cmd/.*", "", PROGRAMS[program][1]))
            part = target / f".{program}.part"
            with Progress(f"[{number}/{len(missing)}] {program} {version}", out) as progress:
                go_build(program, part, progress)
            part.rename(target / program)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print-folder", action="store_true", help="print where the programs are; build nothing")
    parser.add_argument("program", nargs="*", help=f"of {', '.join(PROGRAMS)}")
    args = parser.parse_args()
    unknown = set(args.program) - set(PROGRAMS)
    if unknown:
        parser.error(f"unknown program: {', '.join(sorted(unknown))}")
    try:
        print(folder() if args.print_folder else ensure(args.program))
    except BuildError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
