#!/usr/bin/env python3
"""The programs that machines and their images are made of, built once from Go modules into the cache.

    ./programs.py [VERSION ...]        (default: every version of modules/)

For each version kubelet, kubeadm, kube-proxy, the control plane and kubectl; what test/cluster has of the same version
already is taken from there. etcd is test/cluster's, for every version; CoreDNS has a module of its own.
From nothing a version takes about ten minutes of two cores.
"""
import hashlib
import os
import pathlib
import subprocess
import sys

import paths
import binaries

MODULES = pathlib.Path(__file__).resolve().parent / "modules"
SMALL = pathlib.Path(__file__).resolve().parent / "small"
KUBERNETES = ["kubeadm", "kubelet", "kubectl", "kube-proxy", "kube-apiserver", "kube-controller-manager",
              "kube-scheduler"]
NODE = ["kubeadm", "kubelet", "kubectl"]  # what lies in a machine's /usr/bin


def versions():
    """The versions of Kubernetes that machines can have, oldest first."""
    return sorted((path.name for path in MODULES.glob("v*")), key=lambda each: [int(p) for p in each[1:].split(".")])


def toolbox(version):
    if version not in versions():
        raise binaries.BuildError(f"there is no Kubernetes {version} here, only {', '.join(versions())}; another "
                                  f"version is another folder of {MODULES.relative_to(paths.ROOT)}")
    return binaries.Toolbox(MODULES, {name: (version, f"k8s.io/kubernetes/cmd/{name}") for name in KUBERNETES},
                            f"machines-{version}")


def kubernetes(version, programs=None, out=sys.stderr):
    """The folder with the programs of a version."""
    box = toolbox(version)
    if binaries.CLUSTER.module_version("kubernetes", "k8s.io/kubernetes") == version:
        shared = [name for name in programs or KUBERNETES if name in binaries.PROGRAMS]
        source = binaries.ensure(shared, out)
        with binaries.locked(box.folder(), out) as target:
            for name in shared:
                if not (target / name).exists():
                    (target / name).symlink_to(source / name)
    return box.ensure(programs, out)


def etcd(out=sys.stderr):
    return binaries.ensure(["etcd"], out) / "etcd"


def coredns(out=sys.stderr):
    box = binaries.Toolbox(MODULES, {"coredns": ("coredns", "github.com/coredns/coredns")}, "machines-coredns")
    return box.ensure(out=out) / "coredns"


def crictl(out=sys.stderr):
    box = binaries.Toolbox(MODULES, {"crictl": ("cri-tools", "sigs.k8s.io/cri-tools/cmd/crictl")}, "machines-cri-tools")
    return box.ensure(out=out) / "crictl"


def small(out=sys.stderr):
    """The folder with pause, web, balancer and caller."""
    digest = hashlib.sha256()
    for path in sorted(SMALL.rglob("*.*")):
        digest.update(path.relative_to(SMALL).as_posix().encode() + path.read_bytes())
    target = binaries.cache_root() / f"machines-small-{digest.hexdigest()[:12]}"
    names = sorted(path.parent.name for path in SMALL.glob("*/main.go"))
    if all((target / name).exists() for name in names):
        return target
    with binaries.locked(target, out):
        command = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", str(target) + "/", "./..."]
        result = subprocess.run(command, cwd=SMALL, env=dict(os.environ, CGO_ENABLED="0"), text=True,
                                capture_output=True, check=False)
        if result.returncode:
            raise binaries.BuildError(f"go build of {SMALL} failed:\n{result.stderr}")
    return target


def ensure(wanted=None):
    """Builds all that machines of the versions `wanted` need."""
    for version in wanted or versions():
        kubernetes(version)
    etcd()
    coredns()
    crictl()
    small()


if __name__ == "__main__":
    try:
        ensure(sys.argv[1:])
    except binaries.BuildError as error:
        sys.exit(f"error: {error}")
