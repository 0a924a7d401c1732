#!/usr/bin/env python3
"""Builds the programs of the test cluster from their Go modules, once, into a cache outside the build folder.

    ./binaries.py [--print-folder] [program ...]      (no program: all but helm)

The cache is ${CU_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cluster-upgrade-controller}/bin-<hash>; the hash covers go.mod,
go.sum and the build flags, so that another version never meets an old binary. Two builds at once wait for each other.
"""
import argparse
import contextlib
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


def cache_root():
    if os.environ.get("CU_CACHE"):
        return pathlib.Path(os.environ["CU_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "cluster-upgrade-controller"


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
            self.show(f"{self.compiled} packages compiled," if self.compiled else "under way for", final=False)

    def show(self, what, final):
        line = f"{self.title}  {what} {time.monotonic() - self.start:.0f} s"
        if self.out.isatty():
            print(f"\r\033[K{line}", end="\n" if final else "", file=self.out, flush=True)
        else:
            print(line, file=self.out, flush=True)


@contextlib.contextmanager
def locked(target, out=sys.stderr):
    """Makes the folder `target` of the cache, and holds its lock: two that fill it at once wait for each other."""
    target.mkdir(parents=True, exist_ok=True)
    with open(target / ".lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another build of {target} is under way: waiting for it", file=out, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield target


class Toolbox:
    """Programs that are built from the Go modules below `modules`, into one folder of the cache: <prefix>-<hash>.

    `programs` is {program: (module folder, package)}.
    """

    def __init__(self, modules, programs, prefix):
        self.modules, self.programs, self.prefix = modules, programs, prefix

    def module_version(self, module, path):
        """The version of `path` that <module>/go.mod requires."""
        text = (self.modules / module / "go.mod").read_text()
        match = re.search(rf"^(?:require\s+)?\s*{re.escape(path)}\s+(v\S+)", text, re.MULTILINE)
        if not match:
            raise BuildError(f"{self.modules.name}/{module}/go.mod does not require {path}")
        return match.group(1)

    def program_version(self, program):
        module, package = self.programs[program]
        return self.module_version(module, re.sub("/cmd/.*", "", package))

    def linker_flags(self, module):
        flags = ["-s", "-w"]
        packages = {package for folder, package in self.programs.values() if folder == module}
        if any(package.startswith("k8s.io/kubernetes/") for package in packages):
            # without these clients see v0.0.0-master
            version = self.module_version(module, "k8s.io/kubernetes")
            major, minor = version.lstrip("v").split(".")[:2]
            values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
            flags += [f"-X k8s.io/component-base/version.{key}={value}" for key, value in values.items()]
        if "helm.sh/helm/v4/cmd/helm" in packages:
            version = self.module_version(module, "helm.sh/helm/v4")
            flags.append(f"-X helm.sh/helm/v4/internal/version.version={version}")
        return " ".join(flags)

    def folder(self):
        """Where the programs are, or will be after ensure()."""
        digest = hashlib.sha256()
        for module in sorted({module for module, _ in self.programs.values()}):
            for name in ("go.mod", "go.sum"):
                digest.update((self.modules / module / name).read_bytes())
            digest.update(self.linker_flags(module).encode())
        return cache_root() / f"{self.prefix}-{digest.hexdigest()[:12]}"

    def go_build(self, program, target, progress):
        module, package = self.programs[program]
        env = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly", GOWORK="off")
        command = ["go", "build", "-v", "-trimpath", "-ldflags", self.linker_flags(module), "-o", str(target), package]
        tail = []
        with subprocess.Popen(command, cwd=self.modules / module, env=env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            for line in process.stderr:
                progress.compiled += not line.startswith("go: ")
                tail = (tail + [line.rstrip()])[-15:]
        if process.returncode:
            raise BuildError(f"go build {package} failed:\n  " + "\n  ".join(tail))

    def ensure(self, programs=None, out=sys.stderr):
        """Builds what is missing of `programs` (default: all) and returns the folder they are in."""
        programs, target = programs or list(self.programs), self.folder()
        if all((target / program).exists() for program in programs):
            return target
        if not shutil.which("go"):
            raise BuildError("Go is needed to build the test cluster's programs and is not in PATH: https://go.dev/dl/")
        with locked(target, out):
            missing = [program for program in programs if not (target / program).exists()]
            for number, program in enumerate(missing, 1):
                part = target / f".{program}.part"
                with Progress(f"[{number}/{len(missing)}] {program} {self.program_version(program)}", out) as progress:
                    self.go_build(program, part, progress)
                part.rename(target / program)
        return target


CLUSTER = Toolbox(MODULES, PROGRAMS, "bin")


def folder():
    """Where the programs are, or will be after ensure()."""
    return CLUSTER.folder()


def ensure(programs=None, out=sys.stderr):
    """Builds what is missing of `programs` (default: CLUSTER_PROGRAMS) and returns the folder they are in."""
    return CLUSTER.ensure(programs or CLUSTER_PROGRAMS, out)


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
