#!/usr/bin/env python3
"""Builds the Dockerfile where no registry can be reached, and runs the image as Kubernetes would.

    ./image_test.py [--source FOLDER]

Debian 12 from debootstrap stands in for the base image. It, the image's layers and the compiler's cache are kept in
${CU_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cluster-upgrade-controller}/image, so that only the first run is slow; no other
container storage of the machine is touched. CU_MIRROR names another archive than debootstrap's own. Needs root,
debootstrap, buildah, podman and runc; where one of them is missing the exit status is 77 (skipped).
"""
import argparse
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "cluster"))
import binaries  # noqa: E402 (the path above comes first)

CACHE = binaries.cache_root() / "image"
BASE, IMAGE = "localhost/debian:bookworm-minbase", "localhost/cluster-upgrade-controller:test"
# podman takes at most 50 characters for it, and wants the same one for the same storage.
RUN = pathlib.Path(tempfile.gettempdir()) / f"cu-{hashlib.sha256(str(CACHE).encode()).hexdigest()[:8]}"
STORAGE = ["--root", str(CACHE / "layers"), "--runroot", str(RUN)]
PODMAN = ["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", *STORAGE]
# As the Deployment runs it: not root, nothing to write to, no capability.
RESTRICTED = ["--rm", "--network", "none", "--read-only", "--read-only-tmpfs=false", "--user", "65532:65532",
              "--cap-drop", "all", "--security-opt", "no-new-privileges",
              "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


def run(*command, **options):
    print("+", *command, flush=True)
    return subprocess.run([str(part) for part in command], check=True, **options)


def output(*command):
    return subprocess.run(command, text=True, capture_output=True, check=False)


def make_base():
    """Debian 12, minbase, as an image in our own storage."""
    if output(*PODMAN, "image", "exists", BASE).returncode == 0:
        return
    folder = CACHE / "base.part"
    shutil.rmtree(folder, ignore_errors=True)
    mirror = [os.environ["CU_MIRROR"]] if "CU_MIRROR" in os.environ else []
    run("debootstrap", "--variant=minbase", "bookworm", folder, *mirror, stdout=subprocess.DEVNULL)
    run("tar", "-C", folder, "-cf", CACHE / "base.tar", ".")
    run(*PODMAN, "import", CACHE / "base.tar", BASE, stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)
    (CACHE / "base.tar").unlink()


def build(source):
    temporary = CACHE / "tmp"  # holds the caches of RUN --mount as well
    temporary.mkdir(exist_ok=True)
    run("buildah", *STORAGE, "build", "--isolation", "chroot", "--network", "host", "--layers", "--pull-never",
        "--build-arg", f"BUILD_BASE={BASE}", "--tag", IMAGE, source, env=dict(os.environ, TMPDIR=str(temporary)))


def contents():
    container = output(*PODMAN, "create", IMAGE).stdout.strip()
    try:
        exported = subprocess.run([*PODMAN, "export", container], check=True, capture_output=True).stdout
    finally:
        output(*PODMAN, "rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        return [member for member in archive if not member.isdir()]


def check(true, what):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    return bool(true)


def examine():
    """Whether the image is what it should be; prints what it holds."""
    files = [member for member in contents() if member.size]
    for member in sorted(files, key=lambda each: -each.size):
        print(f"{member.size:>10}  /{member.name.removeprefix('./')}")
    print(f"{sum(member.size for member in files):>10}  bytes in {len(files)} files")
    user = output(*PODMAN, "image", "inspect", "--format", "{{.User}}", IMAGE).stdout.strip()
    names = {pathlib.PurePath(member.name).name for member in files}
    shells = names & {"sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "perl", "python3"}
    results = [check(user == "65532:65532", f"the image's user is {user}"),
               check(not shells, f"no shell, no package manager {sorted(shells) or ''}"),
               check(not [member for member in files if member.mode & 0o6000], "no setuid or setgid file")]
    for flag in ("--version", "--help"):
        answer = output(*PODMAN, "run", *RESTRICTED, IMAGE, flag)
        print(answer.stdout + answer.stderr)
        results.append(check(answer.returncode == 0 and answer.stdout, f"{flag} as uid 65532, read-only root"))
    return all(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=ROOT, help="the source tree to build (default: this one)")
    source = parser.parse_args().source
    missing = [tool for tool in ("debootstrap", "buildah", "podman", "runc") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"skipped: {'missing ' + ', '.join(missing) if missing else 'needs root'}")
        sys.exit(77)
    CACHE.mkdir(parents=True, exist_ok=True)
    make_base()
    build(source)
    sys.exit(0 if examine() else 1)


if __name__ == "__main__":
    main()
