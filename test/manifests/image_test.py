#!/usr/bin/env python3
"""Builds the Dockerfile where no registry can be reached, and runs the image as Kubernetes would.

    ./image_test.py [--source FOLDER] [--twice]

Debian 12 from debootstrap stands in for the base image. It, the image's layers and the compiler's cache are kept in
${CU_CACHE:-${XDG_CACHE_HOME:-~/.cache}/cluster-upgrade-controller}/image, so that only the first run is slow; no other
container storage of the machine is touched. CU_MIRROR names another archive than debootstrap's own. Needs root,
debootstrap, buildah, podman and runc; where one of them is missing the exit status is 77 (skipped), or 1 with
CU_COMPLETE=1 (.ci/run), which lets nothing be left out.
"""
import argparse
import hashlib
import io
import json
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
PROGRAM, SBOM = "/usr/bin/cluster-upgrade-controller", "/usr/share/sbom/cluster-upgrade-controller.spdx.json"
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


def build(source, *flags):
    temporary = CACHE / "tmp"  # holds the caches of RUN --mount as well
    temporary.mkdir(exist_ok=True)
    run("buildah", *STORAGE, "build", "--isolation", "chroot", "--network", "host", "--layers", "--pull-never",
        "--build-arg", f"BUILD_BASE={BASE}", *flags, "--tag", IMAGE, source, env=dict(os.environ, TMPDIR=str(temporary)))


def contents():
    """Every file of the image: {path from the root: (its member of the archive, its bytes)}"""
    container = output(*PODMAN, "create", IMAGE).stdout.strip()
    try:
        exported = subprocess.run([*PODMAN, "export", container], check=True, capture_output=True).stdout
    finally:
        output(*PODMAN, "rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        return {"/" + member.name.removeprefix("./"): (member, archive.extractfile(member).read())
                for member in archive if member.isfile() and member.size}


def check(true, what):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    return bool(true)


def examine_program(held):
    """What makes its faults hard to use, as readelf sees it."""
    with tempfile.NamedTemporaryFile() as program:
        program.write(held[PROGRAM][1])
        program.flush()
        shown = output("readelf", "--wide", "--file-header", "--dynamic", "--segments", "--dyn-syms", program.name).stdout
    stack = next((line for line in shown.splitlines() if "GNU_STACK" in line), "")
    yield check("DYN (Position-Independent Executable" in shown, "the program is position-independent")
    yield check("BIND_NOW" in shown and "NOW" in shown and "GNU_RELRO" in shown, "its relocations are read-only from the start")
    yield check(stack and "RWE" not in stack, "its stack is not executable")
    yield check("__stack_chk_fail" in shown and "_chk@" in shown, "stack protector, fortified functions")


def examine_packages(held):
    """Whether scanners and readers find what the image is made of."""
    libraries = [path for path in held if ".so" in path]
    packages = {path.rpartition("/")[2]: data.decode() for path, (_, data) in held.items()
                if path.startswith("/var/lib/dpkg/status.d/")}
    yield check("/usr/lib/os-release" in held, "scanners learn the distribution")
    yield check(packages and all(f"Package: {name}\n" in text and "\nVersion: " in text
                                 for name, text in packages.items()), f"and its {len(packages)} packages")
    listed = json.loads(held[SBOM][1])
    names = {package["name"] for package in listed["packages"]}
    yield check(set(packages) <= names and {"cluster-upgrade-controller", "nlohmann-json3-dev"} <= names,
                f"the list in SPDX names all of them, {len(names)} in all, for {len(libraries)} libraries")
    yield check(listed["packages"][0]["checksums"][0]["checksumValue"] == hashlib.sha256(held[PROGRAM][1]).hexdigest(),
                "and the program by its hash")
    yield check(len({each["SPDXID"] for each in listed["packages"]}) == len(listed["packages"])
                and len(listed["relationships"]) == len(listed["packages"]), "each once, each with its relation")


def hashes():
    return {path: hashlib.sha256(data).hexdigest() for path, (_, data) in contents().items()}


def build_again(source):
    """Whether everything is the same when it is compiled anew, without a cache."""
    first = hashes()
    build(source, "--no-cache", "--build-arg", "CCACHE_DISABLE=1")
    second = hashes()
    differ = sorted(path for path in first.keys() | second.keys() if first.get(path) != second.get(path))
    return check(not differ, f"a second build gives the same {len(first)} files {differ or ''}")


def examine():
    """Whether the image is what it should be; prints what it holds."""
    held = contents()
    files = [member for member, _ in held.values()]
    for member in sorted(files, key=lambda each: -each.size):
        print(f"{member.size:>10}  /{member.name.removeprefix('./')}")
    print(f"{sum(member.size for member in files):>10}  bytes in {len(files)} files")
    user = output(*PODMAN, "image", "inspect", "--format", "{{.User}}", IMAGE).stdout.strip()
    names = {pathlib.PurePath(member.name).name for member in files}
    shells = names & {"sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "perl", "python3"}
    results = [check(user == "65532:65532", f"the image's user is {user}"),
               check(not shells, f"no shell, no package manager {sorted(shells) or ''}"),
               check(not [member for member in files if member.mode & 0o6000], "no setuid or setgid file"),
               *examine_program(held), *examine_packages(held)]
    for flag in ("--version", "--help"):
        answer = output(*PODMAN, "run", *RESTRICTED, IMAGE, flag)
        print(answer.stdout + answer.stderr)
        results.append(check(answer.returncode == 0 and answer.stdout, f"{flag} as uid 65532, read-only root"))
    return all(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=ROOT, help="the source tree to build (default: this one)")
    parser.add_argument("--twice", action="store_true", help="compile it a second time, and compare")
    arguments = parser.parse_args()
    missing = [tool for tool in ("debootstrap", "buildah", "podman", "runc") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"not run: {'missing ' + ', '.join(missing) if missing else 'needs root'}")
        sys.exit(1 if os.environ.get("CU_COMPLETE") else 77)
    CACHE.mkdir(parents=True, exist_ok=True)
    make_base()
    build(arguments.source)
    good = examine() and (not arguments.twice or build_again(arguments.source))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
