"""What of the host is changed while clusters are up, and put back when the last one is gone: more inotify instances, a
control group for all machines, and a file system in memory for the disks of each cluster's machines."""
import contextlib
import fcntl
import json
import os
import pathlib
import subprocess

SETTING = pathlib.Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED = 1024  # systemd, containerd and a kubelet of each machine; 128, the kernel's own, is enough for six
RECORD = pathlib.Path("/run/cluster-upgrade-machines.json")
CGROUPS, PARENT = pathlib.Path("/sys/fs/cgroup"), "cu-machines"
DRIVERS = "drivers"  # the group below it for those who drive the machines and look at them
# All machines together count as one group beside everything else that runs: next to a build, which is a group for each
# of its processes, they would starve with the usual share of one.
SHARES, WEIGHT = "8192", "800"


@contextlib.contextmanager
def record():
    with open(RECORD, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = json.loads(file.read() or '{"clusters": [], "before": null}')
        yield known
        file.seek(0)
        file.truncate()
        json.dump(known, file)


def make_room_for(cluster):
    with record() as known:
        current = int(SETTING.read_text())
        if known["before"] is None and current < NEEDED:
            known["before"] = current
            SETTING.write_text(str(NEEDED))
        known["clusters"] = sorted({*known["clusters"], cluster})
        make_group()
    join_group()
    if not folder(cluster).is_mount():
        folder(cluster).mkdir(parents=True, exist_ok=True)
        options = ["-t", "tmpfs", "-o", "mode=755,size=75%"]
        subprocess.run(["mount", *options, f"cu-{cluster}", folder(cluster)], check=True)


def folder(cluster):
    """What is in memory of a cluster."""
    return pathlib.Path("/run/cluster-upgrade-machines") / cluster


def remove_folder(cluster):
    if folder(cluster).is_mount():
        subprocess.run(["umount", folder(cluster)], check=True)
    if folder(cluster).exists():
        folder(cluster).rmdir()


def make_group():
    if (CGROUPS / "cgroup.controllers").exists():  # version 2
        (CGROUPS / PARENT / DRIVERS).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # not every host hands the controller down
            (CGROUPS / PARENT / "cpu.weight").write_text(WEIGHT)
    elif (CGROUPS / "cpu").exists():
        (CGROUPS / "cpu" / PARENT / DRIVERS).mkdir(parents=True, exist_ok=True)
        (CGROUPS / "cpu" / PARENT / "cpu.shares").write_text(SHARES)


def cpu_group():
    return CGROUPS if (CGROUPS / "cgroup.controllers").exists() else CGROUPS / "cpu"


def join_group():
    """This process, and what it starts from now on, gets its share of the machines' processors: what it measures would
    otherwise be its own lateness."""
    with contextlib.suppress(OSError):
        (cpu_group() / PARENT / DRIVERS / "cgroup.procs").write_text(str(os.getpid()))


def leave_group():
    with contextlib.suppress(OSError):
        (cpu_group() / "cgroup.procs").write_text(str(os.getpid()))


def put_back_for(cluster):
    """Once its machines are gone."""
    leave_group()
    remove_folder(cluster)
    with record() as known:
        known["clusters"] = [each for each in known["clusters"] if each != cluster]
        if known["clusters"]:
            return
        if known["before"] is not None:
            SETTING.write_text(str(known["before"]))
        known["before"] = None
        for path in [CGROUPS / PARENT, *CGROUPS.glob(f"*/{PARENT}")]:
            for group in sorted([path, *path.rglob("*/")], reverse=True):  # podman leaves one for its monitors
                with contextlib.suppress(OSError):  # a name that is no group, or not of this version of cgroups
                    group.rmdir()
