"""The one setting of the host that machines need: more inotify instances; put back when the last cluster is gone."""
import contextlib
import fcntl
import json
import pathlib

SETTING = pathlib.Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED = 1024  # systemd, containerd and a kubelet of each machine; 128, the kernel's own, is enough for six
RECORD = pathlib.Path("/run/cluster-upgrade-machines.json")


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


def raise_for(cluster):
    with record() as known:
        current = int(SETTING.read_text())
        if known["before"] is None and current < NEEDED:
            known["before"] = current
            SETTING.write_text(str(NEEDED))
        known["clusters"] = sorted({*known["clusters"], cluster})


def put_back_for(cluster):
    with record() as known:
        known["clusters"] = [each for each in known["clusters"] if each != cluster]
        if not known["clusters"]:
            if known["before"] is not None:
                SETTING.write_text(str(known["before"]))
            known["before"] = None
