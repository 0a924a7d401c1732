"""The image of a machine: Debian with systemd and containerd, and the programs of one version of Kubernetes."""
import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys

import paths
import binaries
import podman
import programs

FILES = paths.HERE / "node"
SUITE = "bookworm"
PACKAGES = """systemd systemd-sysv dbus iproute2 iptables nftables conntrack socat ethtool kmod procps iputils-ping
    ca-certificates curl containerd runc containernetworking-plugins util-linux mount busybox-static""".split()
# Units that make no sense on a machine that shares its kernel.
MASKED = """systemd-udevd.service systemd-udev-trigger.service systemd-timesyncd.service systemd-networkd.service
    systemd-resolved.service systemd-logind.service systemd-modules-load.service systemd-sysctl.service
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer getty.target
    console-getty.service sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
    dev-hugepages.mount dev-mqueue.mount""".split()


def digest(*more):
    known = hashlib.sha256("\n".join([SUITE, *PACKAGES, *MASKED, *more]).encode())
    for path in sorted(FILES.rglob("*")):
        if path.is_file():
            known.update(path.relative_to(FILES).as_posix().encode() + path.read_bytes())
    return known.hexdigest()[:12]


def root():
    """The folder with the machines' file system; made by debootstrap when it is not there."""
    target = binaries.cache_root() / f"machines-root-{digest(inspect.getsource(prepare))}"
    if (target / "root").exists():
        return target / "root"
    with binaries.locked(target):
        if not (target / "root").exists():
            part = target / "part"
            shutil.rmtree(part, ignore_errors=True)
            with binaries.Progress(f"Debian {SUITE} for the machines", sys.stderr):
                bootstrap(part)
            prepare(part)
            part.rename(target / "root")
            for old in binaries.cache_root().glob("machines-root-*"):
                if old != target:
                    shutil.rmtree(old, ignore_errors=True)
    return target / "root"


def bootstrap(part):
    """CU_MIRROR names another archive than debootstrap's own."""
    mirror = [os.environ["CU_MIRROR"]] if "CU_MIRROR" in os.environ else []
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(part), *mirror]
    result = subprocess.run(command, text=True, capture_output=True, check=False)
    if result.returncode:
        last = "\n".join((result.stdout + result.stderr).splitlines()[-15:])
        raise binaries.BuildError(f"debootstrap failed; is Debian's archive within reach (CU_MIRROR)?\n{last}")


def prepare(part):
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale",
                   "usr/share/man"):
        shutil.rmtree(part / folder, ignore_errors=True)
    (part / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    (part / "etc/machine-id").write_text("")
    shutil.copytree(FILES, part, dirs_exist_ok=True)
    units = part / "etc/systemd/system"
    for unit in MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    wanted = units / "multi-user.target.wants"
    for unit, folder in (("node-prep.service", "/etc/systemd/system"), ("kubelet.service", "/usr/lib/systemd/system")):
        (wanted / unit).unlink(missing_ok=True)
        (wanted / unit).symlink_to(f"{folder}/{unit}")
    plugins = part / "opt/cni/bin"
    plugins.mkdir(parents=True)
    for plugin in (part / "usr/lib/cni").iterdir():
        (plugins / plugin.name).symlink_to(f"/usr/lib/cni/{plugin.name}")
    for folder in ("etc/cni/net.d", "etc/kubernetes/manifests"):
        (part / folder).mkdir(parents=True, exist_ok=True)


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
