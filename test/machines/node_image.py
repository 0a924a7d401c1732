"""The image of a machine: its file system, and the programs of one version of Kubernetes."""
import hashlib
import json
import os
import re
import shutil
import subprocess

import paths  # noqa: F401 (makes test/cluster importable)
import binaries
import podman
import programs
from node_root import root


def with_libraries(*inside):
    """{path in an image: file here} for programs of the machines, with all the libraries that they load. Found once:
    `ldd` starts some programs for each of more than a hundred files."""
    base = root()
    record = base.parent / f"libraries-{hashlib.sha256(' '.join(inside).encode()).hexdigest()[:8]}.json"
    if not record.exists():
        part = record.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(libraries(base, inside)))
        part.rename(record)
    return {name: base / real for name, real in json.loads(record.read_text()).items()}


def libraries(base, inside):
    def chroot(*command):
        return subprocess.run(["chroot", base, *command], text=True, capture_output=True, check=False).stdout
    extensions = ["/" + str(path.relative_to(base)) for path in base.glob("usr/lib/*/xtables/*.so")]
    loading = sorted([*inside, *extensions])
    names = sorted({*loading, *re.findall(r"(/\S+) \(0x", chroot("ldd", *loading))})
    return {name: real.lstrip("/") for name, real in zip(names, chroot("readlink", "-f", *names).split())}


def base_image():
    """Debian with systemd and containerd, as an image of our storage."""
    source = root()
    name = f"localhost/machines-base:{source.parent.name.rpartition('-')[2]}"
    with binaries.locked(podman.storage()):
        if not podman.image_exists(name):
            with subprocess.Popen(["tar", "-C", source, "-cf", "-", "."], stdout=subprocess.PIPE) as tar:
                podman.run("import", "--quiet", "-", name, stdin=tar.stdout)
    return name


def image(version):
    """The image of a machine with `version` of kubeadm, kubelet and kubectl; returns its name."""
    base, built = base_image(), programs.kubernetes(version)
    name = f"localhost/machine:{base.rpartition(':')[2]}-{built.name.rpartition('-')[2]}"
    with binaries.locked(podman.storage()):
        if not podman.image_exists(name):
            context = podman.storage() / "context"
            shutil.rmtree(context, ignore_errors=True)
            context.mkdir()
            for program in programs.NODE:
                shutil.copy(built / program, context / program)
            (context / "Containerfile").write_text(f"FROM {base}\nCOPY kubeadm kubelet kubectl /usr/bin/\n")
            podman.run("build", "--isolation", "chroot", "--quiet", "--pull=never", "--tag", name, context)
            shutil.rmtree(context)
    return name
