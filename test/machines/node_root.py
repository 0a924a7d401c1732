"""The file system of a machine: Debian from debootstrap, and what node/ puts into it; made once, into the cache."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import paths
import binaries

FILES = paths.HERE / "node"
RECIPE = "1"  # to be raised when bootstrap() or prepare() does something else
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
    target = binaries.cache_root() / f"machines-root-{digest(RECIPE)}"
    if (target / "root").exists():
        return target / "root"
    with binaries.locked(target):
        if not (target / "root").exists():
            part = target / "part"
            remove(part)
            with binaries.Progress(f"Debian {SUITE} for the machines", sys.stderr):
                bootstrap(part)
            prepare(part)
            part.rename(target / "root")
            others = sorted(binaries.cache_root().glob("machines-root-*"), key=lambda each: -each.stat().st_mtime)
            for old in others[2:]:  # another tree may use the cache as well
                remove(old)
    return target / "root"


def remove(folder):
    """A folder in which debootstrap may have been interrupted: with the host's /proc mounted in it."""
    mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((each for each in mounts if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", mount], check=True)
    shutil.rmtree(folder, ignore_errors=True)


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
