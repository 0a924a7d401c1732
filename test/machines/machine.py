"""One machine: a container that runs systemd, containerd and a kubelet."""
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile

import paths  # noqa: F401 (makes test/cluster importable)
import binaries
import host
import node_image
import podman
from api_client import wait_until
from network import SUBNET

FLAGS = ["--privileged", "--cgroupns=private", f"--cgroup-parent=/{host.PARENT}", "--systemd=false", "--pids-limit=-1",
         "--stop-signal=RTMIN+3",
         "--ulimit", "nofile=20000:20000", "--ulimit", "nproc=10000:10000", "--env", "container=podman",
         "--tmpfs", "/run:exec,mode=755", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec,mode=1777"]
# Layers are unpacked by the import; as they were packed nobody needs them any more, and they are as large again.
IMPORT = """ctr --namespace k8s.io images import "$0" > /dev/null
ctr --namespace k8s.io content list | awk '$2 ~ /MB|GB/ {print $1}' |
  xargs --no-run-if-empty ctr --namespace k8s.io content remove
"""


class Machine:
    """A machine of a cluster; `name` is its host name and its node's name."""

    def __init__(self, cluster, network, name, address, control_plane):
        self.cluster, self.network = cluster, network
        self.name, self.address, self.control_plane = name, address, control_plane
        self.container, self.init = f"cu-{cluster}-{name}", None

    # -- life ---------------------------------------------------------------------------------------------------
    @property
    def var(self):
        """Its /var: in memory, since containerd and etcd wait for every write to reach the disk, and outside the
        container, so that it outlives a power cut."""
        return host.folder(self.cluster) / self.name

    def start(self, image, hosts):
        """`hosts` is {name: address} of all machines."""
        self.network.add(self.name, self.address)
        self.var.mkdir(parents=True)
        subprocess.run(["cp", "--archive", f"{node_image.root()}/var/.", self.var], check=True)
        known = [f"--add-host={name}:{address}" for name, address in hosts.items()]
        cache = binaries.cache_root()
        podman.run("run", "--detach", "--name", self.container, "--label", f"{podman.LABEL}={self.cluster}",
                   "--hostname", self.name, "--dns", f"{SUBNET}.1",
                   "--network", f"ns:/run/netns/{self.network.of(self.name)}",
                   f"--volume={self.var}:/var", f"--volume={cache}:{cache}:ro", *FLAGS, *known, image, "/sbin/init")

    def containerd_ready(self):
        wait_until(lambda: self.run("ctr", "version", check=False).returncode == 0,
                   what=f"containerd of {self.name} answers", timeout=60)

    def switch_off(self):
        """As by its power switch: nothing on it gets a chance."""
        podman.run("kill", "--signal", "KILL", self.container)
        self.init = None
        wait_until(lambda: podman.output("inspect", "--format", "{{.State.Running}}", self.container) == "false",
                   what=f"{self.name} is off")

    def switch_on(self):
        podman.run("start", self.container)

    # -- access -------------------------------------------------------------------------------------------------
    def pid(self):
        """Of its systemd, as seen from here."""
        if self.init is None:
            self.init = podman.output("inspect", "--format", "{{.State.Pid}}", self.container)
        return self.init

    def command(self, *command):
        """A command line that runs on the machine (`podman exec` does the same at a hundred times the price)."""
        return ["nsenter", "--target", self.pid(), "--mount", "--uts", "--ipc", "--net", "--pid", "--", "env", "-i",
                "HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *map(str, command)]

    def run(self, *command, stdin=None, check=True):
        """Runs a command on the machine; `stdin` is text."""
        given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        result = subprocess.run(self.command(*command), capture_output=True, text=True, check=False, **given)
        if check and result.returncode:
            last = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
            raise podman.PodmanError(f"{self.name}: {' '.join(map(str, command))[:200]}: "
                                     f"status {result.returncode}\n{last}")
        return result

    def output(self, *command):
        return self.run(*command).stdout.strip()

    def write(self, path, text):
        """A whole file or none of it."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0.part" && mv "$0.part" "$0"', path, stdin=text)

    def import_image(self, archive):
        """Puts the images of a docker-archive or OCI archive (a path here) into containerd."""
        archive = pathlib.Path(archive).resolve()
        if archive.is_relative_to(binaries.cache_root().resolve()):
            self.run("sh", "-euc", IMPORT, archive)
            return
        with tempfile.NamedTemporaryFile(dir=binaries.cache_root(), prefix="machines-import-") as copy:
            subprocess.run(["cp", archive, copy.name], check=True)
            self.run("sh", "-euc", IMPORT, copy.name)

    def images(self):
        return self.output("ctr", "--namespace", "k8s.io", "images", "list", "--quiet").splitlines()

    def root(self):
        """The machine's file system, as seen from here; valid until it is switched off."""
        return pathlib.Path(f"/proc/{self.pid()}/root")

    def processes(self, word):
        """PIDs (here) of the machine's own processes, and of pods that share its PIDs, whose command line has the word;
        read without help of the machine, since it has to be quick."""
        space, found = os.readlink(self.root().parent / "ns/pid"), []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if word in line and os.readlink(folder / "ns/pid") == space:
                    found.append(int(folder.name))
        return found

    def kill(self, word):
        """kill -9 of every process whose command line has the word; returns how many."""
        pids = self.processes(word)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def pod_log(self, namespace, pod):
        """What the containers of a pod have written, read from the machine's disk: the API may be away."""
        lines = []
        for path in sorted(self.root().glob(f"var/log/pods/{namespace}_{pod}_*/*/*.log")):
            with contextlib.suppress(OSError):  # it may have been removed just now
                lines += [line.split(" ", 3)[-1] for line in path.read_text(errors="replace").splitlines()]
        return lines

    def journal(self, unit, lines=200):
        return self.run("journalctl", "--no-pager", "--unit", unit, "--lines", lines, check=False).stdout
