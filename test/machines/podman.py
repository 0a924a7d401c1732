"""podman with a storage of its own below the cache, so that no other container of this machine is met."""
import hashlib
import pathlib
import subprocess
import tempfile

import paths  # noqa: F401 (makes test/cluster importable)
import binaries

LABEL = "clusterupgrade.io/machines"


class PodmanError(Exception):
    """A command in or around a container failed; the message has its last words."""


def storage():
    return binaries.cache_root() / "machines-storage"


def command(*args):
    # podman takes at most 50 characters for it, and wants the same one for the same storage.
    run = pathlib.Path(tempfile.gettempdir()) / f"cu-{hashlib.sha256(str(storage()).encode()).hexdigest()[:8]}"
    return ["podman", "--root", str(storage()), "--runroot", str(run), "--runtime", "runc", "--cgroup-manager",
            "cgroupfs", *map(str, args)]


def run(*args, check=True, **options):
    """Runs podman; returns the CompletedProcess (text)."""
    result = subprocess.run(command(*args), **{"text": True, "capture_output": True, "stdin": subprocess.DEVNULL,
                                               **options}, check=False)
    if check and result.returncode:
        last = "\n".join(((result.stdout or "") + (result.stderr or "")).strip().splitlines()[-25:])
        raise PodmanError(f"podman {' '.join(map(str, args))[:300]}: status {result.returncode}\n{last}")
    return result


def output(*args):
    return run(*args).stdout.strip()


def image_exists(name):
    return run("image", "exists", name, check=False).returncode == 0


def containers(cluster=None):
    """The names of the containers of a cluster, or of all clusters."""
    wanted = f"label={LABEL}={cluster}" if cluster else f"label={LABEL}"
    return output("ps", "--all", "--filter", wanted, "--format", "{{.Names}}").split()
