"""What of the host is changed while clusters are up, and put back when the last one is gone: more inotify instances, and
a control group for all machines."""
import contextlib
import fcntl
import json
import pathlib

SETTING = pathlib.Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED = 1024  # systemd, containerd and a kubelet of each machine; 128, the kernel's own, is enough for six
RECORD = pathlib.Path("/run/cluster-upgrade-machines.json")
CGROUPS, PARENT = pathlib.Path("/sys/fs/cgroup"), "cu-machines"
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


def make_group():
    if (CGROUPS / "cgroup.controllers").exists():  # version 2
        (CGROUPS / PARENT).mkdir(exist_ok=True)
        with contextlib.suppress(OSError):  # not every host hands the controller down
            (CGROUPS / PARENT / "cpu.weight").write_text(WEIGHT)
    elif (CGROUPS / "cpu").exists():
        (CGROUPS / "cpu" / PARENT).mkdir(exist_ok=True)
        (CGROUPS / "cpu" / PARENT / "cpu.shares").write_text(SHARES)


def put_back_for(cluster):
    with record() as known:
        known["clusters"] = [each for each in known["clusters"] if each != cluster]
        if known["clusters"]:
            return
        if known["before"] is not None:
            SETTING.write_text(str(known["before"]))
        known["before"] = None
        for group in [CGROUPS / PARENT, *CGROUPS.glob(f"*/{PARENT}")]:
            with contextlib.suppress(OSError):  # not made by this version of cgroups
                group.rmdir()
