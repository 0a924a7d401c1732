"""A kubeadm cluster of machines: up, access, images, down."""
import base64
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import paths
import archives
import host
import kubeadm_config
import node_image
import podman
import programs
from api_client import Client, wait_until
from control_plane import kubeconfig_text
from machine import Machine
from network import FOLDER, SUBNET, NamespacedClient, Network, command, ip
from node_agent import is_up

BALANCER = f"{SUBNET}.10"
# GiB of memory: the disk of a machine with the images of two versions, and what runs on it.
CONTROL_PLANE_GIB, WORKER_GIB = 1.8, 0.8


class MachinesError(Exception):
    """The machines cannot be had; the message says why and what to do."""


def why_not(control_planes=1, workers=2):
    """Why a cluster cannot be had here, or None."""
    if os.geteuid() != 0:
        return "it needs root"
    tools = ("podman", "runc", "debootstrap", "ip", "nsenter", "go", "openssl")
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        return f"missing: {', '.join(missing)} (test/setup/install-packages machines)"
    if "\toverlay\n" not in pathlib.Path("/proc/filesystems").read_text():
        return "this kernel has no overlay file system"
    free = int(re.search(r"MemAvailable:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 2**20
    needed = control_planes * CONTROL_PLANE_GIB + workers * WORKER_GIB
    if free < needed:
        return f"it needs {needed:.1f} GiB of free memory, and there are {free:.1f}"
    probe = f"cu-probe-{os.getpid()}"
    if ip("netns", "add", probe, check=False).returncode:
        return "no network namespace can be made (a container without privileges?)"
    ip("netns", "delete", probe)
    return None


def parallel(act, items):
    """act(item) for all of them at once; the first error is raised when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(max(1, len(items))) as pool:
        return list(pool.map(act, items))


class Cluster:
    """`control_planes` and `workers` machines, cp-1… and worker-1…, at `version`.

    with Cluster("a", "v1.35.4") as cluster:
        cluster.kubectl("get", "nodes")
    """

    def __init__(self, name, version=None, control_planes=1, workers=2, say=None):
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
            raise MachinesError(f"{name!r} is no name for a cluster: a to z, 0 to 9 and -, at most 20 characters")
        self.name, self.folder, self.network = name, paths.run_folder(name), Network(name)
        self.say = say or (lambda text: print(text, file=sys.stderr, flush=True))
        self.start_time = time.monotonic()
        self.version, self.machines = version, {}
        if version is None:  # one that is up already
            self.recall()
        else:
            self.lay_out(control_planes, workers)
        self.clients, self.keep = {}, False

    def lay_out(self, control_planes, workers):
        for i in range(control_planes):
            self.add(f"cp-{i + 1}", f"{SUBNET}.{11 + i}", True)
        for i in range(workers):
            self.add(f"worker-{i + 1}", f"{SUBNET}.{21 + i}", False)

    def add(self, name, address, control_plane):
        self.machines[name] = Machine(self.name, self.network, name, address, control_plane)

    def recall(self):
        record = self.folder / "cluster.json"
        if not record.exists():
            raise MachinesError(f"there is no cluster {self.name} ({record} is missing): ./machines.py up --name "
                                f"{self.name}")
        known = json.loads(record.read_text())
        self.version = known["version"]
        self.lay_out(known["controlPlanes"], known["workers"])

    @property
    def control_planes(self):
        return [machine for machine in self.machines.values() if machine.control_plane]

    @property
    def workers(self):
        return [machine for machine in self.machines.values() if not machine.control_plane]

    @property
    def endpoint(self):
        return BALANCER if len(self.control_planes) > 1 else self.control_planes[0].address

    def told(self, text):
        self.say(f"{time.monotonic() - self.start_time:6.1f} s  {text}")

    def __enter__(self):
        try:
            return self.up()
        except BaseException:
            self.down()
            raise

    def __exit__(self, kind, *_):
        if kind:
            self.keep_logs()
        if not self.keep:
            self.down()

    # -- up -----------------------------------------------------------------------------------------------------
    def up(self):
        """Returns when every node is Ready."""
        reason = why_not(len(self.control_planes), len(self.workers))
        if reason:
            raise MachinesError(f"no machines here: {reason}")
        if podman.containers(self.name) or self.network.namespaces():
            raise MachinesError(f"cluster {self.name} is up already: ./machines.py down --name {self.name}")
        image = node_image.image(self.version)
        loads = {True: [*archives.every_node(self.version), *archives.control_plane(self.version)],
                 False: archives.every_node(self.version)}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / "cluster.json").write_text(json.dumps(
            {"version": self.version, "controlPlanes": len(self.control_planes), "workers": len(self.workers)}))
        self.start_time = time.monotonic()
        host.make_room_for(self.name)
        self.network.create()
        hosts = {machine.name: machine.address for machine in self.machines.values()}
        parallel(lambda machine: machine.start(image, hosts), list(self.machines.values()))
        if len(self.control_planes) > 1:
            self.start_balancer(image)
        self.told(f"{len(self.machines)} machines started")
        parallel(lambda machine: self.load(machine, loads[machine.control_plane]), list(self.machines.values()))
        self.told(f"images of {self.version} imported")
        self.init()
        self.told("kubeadm init")
        for machine in self.control_planes[1:]:
            self.join(machine)
        parallel(self.join, self.workers)
        self.told("kubeadm join")
        self.connect_pods()
        for name in self.machines:
            self.client.wait_for("nodes", name, lambda node: node and is_up(node), "Ready", timeout=120)
        self.told("all nodes Ready")
        return self

    def start_balancer(self, image):
        self.network.add("balancer", BALANCER)
        podman.run("run", "--detach", "--name", f"cu-{self.name}-balancer", "--label", f"{podman.LABEL}={self.name}",
                   "--network", f"ns:/run/netns/{self.network.of('balancer')}", f"--cgroup-parent=/{host.PARENT}",
                   "--ulimit", "nofile=20000:20000", "--ulimit", "nproc=10000:10000",
                   f"--volume={programs.small()}:/small:ro", image, "/small/balancer", ":6443",
                   *(f"{machine.address}:6443" for machine in self.control_planes))

    def load(self, machine, loads):
        machine.containerd_ready()
        for archive in loads:
            machine.import_image(archive)

    def kubeadm(self, machine, verb, config):
        path = f"/etc/kubernetes/{verb}.yaml"
        machine.write(path, config)
        flags = ["--upload-certs"] if verb == "init" and len(self.control_planes) > 1 else []
        result = machine.run("kubeadm", verb, "--config", path, *flags, check=False)
        (self.folder / f"{verb}-{machine.name}.log").write_text(result.stdout + result.stderr)
        if result.returncode:
            raise MachinesError(f"kubeadm {verb} failed on {machine.name}, see {self.folder}; its end:\n"
                                + "\n".join((result.stdout + result.stderr).splitlines()[-15:]))

    def init(self):
        first = self.control_planes[0]
        self.kubeadm(first, "init", kubeadm_config.init(self.version, first.address, self.endpoint))
        config = first.output("cat", "/etc/kubernetes/admin.conf")
        for key, name in (("certificate-authority-data", "ca.crt"), ("client-certificate-data", "client.crt"),
                          ("client-key-data", "client.key")):
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_bytes(base64.b64decode(re.search(rf"{key}: (\S+)", config)[1]))
        cluster = {"server": f"https://{self.endpoint}:6443", "certificate-authority": str(self.folder / "ca.crt")}
        user = {"client-certificate": str(self.folder / "client.crt"), "client-key": str(self.folder / "client.key")}
        self.kubeconfig.write_text(kubeconfig_text(cluster, user))

    def join(self, machine):
        self.kubeadm(machine, "join", kubeadm_config.join(machine.address, self.endpoint, machine.control_plane))

    def connect_pods(self):
        """A network for pods, once the controller manager has given each node its addresses."""
        def given(node):
            return node and node["spec"].get("podCIDR")
        cidrs = {name: self.client.wait_for("nodes", name, given, "has a podCIDR")["spec"]["podCIDR"]
                 for name in self.machines}

        def connect(machine):
            routes = [f"{cidr} {self.machines[name].address}\n" for name, cidr in cidrs.items() if name != machine.name]
            machine.write("/etc/cni/net.d/10-machines.conflist", kubeadm_config.cni(cidrs[machine.name]))
            machine.write("/var/lib/node-routes", "".join(routes))
            machine.run("systemctl", "restart", "node-prep")
        parallel(connect, list(self.machines.values()))

    # -- access -------------------------------------------------------------------------------------------------
    @property
    def kubeconfig(self):
        return self.folder / "admin.kubeconfig"

    def client_of(self, address, port=6443):
        """A client of one API server, by its address, as the cluster's administrator."""
        if address not in self.clients:
            key = (str(self.folder / "client.crt"), str(self.folder / "client.key"))
            client = NamespacedClient(address, port, str(self.folder / "ca.crt"), key)
            client.namespace = self.network.name
            self.clients[address] = client
        return self.clients[address]

    @property
    def client(self) -> Client:
        return self.client_of(self.endpoint)

    def kubectl_command(self, *args):
        program = programs.kubernetes(self.version, ["kubectl"]) / "kubectl"
        return command(self.network.name, program, "--kubeconfig", self.kubeconfig, "--cache-dir",
                       self.folder / "kubectl-cache", *args)

    def kubectl(self, *args, stdin=None):
        """Runs kubectl and returns what it printed."""
        result = subprocess.run(self.kubectl_command(*args), input=stdin, text=True, capture_output=True, check=False)
        if result.returncode:
            raise RuntimeError(f"kubectl {' '.join(map(str, args))}: {result.stderr.strip()}")
        return result.stdout

    def versions(self):
        """{node: kubelet version}"""
        return {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"]
                for node in self.client.list("nodes")}

    # -- images -------------------------------------------------------------------------------------------------
    def import_image(self, archive, machines=None):
        """Puts an archive's images on the machines (default: all), as if they had been pulled."""
        parallel(lambda machine: machine.import_image(archive), list(machines or self.machines.values()))

    def stage(self, version):
        """Puts the images of `version` on the machines: there is no registry to pull from."""
        for archive in archives.every_node(version):
            self.import_image(archive)
        for archive in archives.control_plane(version):
            self.import_image(archive, self.control_planes)
        self.told(f"images of {version} staged")

    # -- down ---------------------------------------------------------------------------------------------------
    def keep_logs(self):
        """What a person wants to see after a failure, beside the kubeconfig."""
        commands = {"kubelet": "journalctl --no-pager --unit kubelet",
                    "containerd": "journalctl --no-pager --unit containerd",
                    "pods": "cd /var/log/pods && tail -n 2000 */*/*.log"}
        for machine in self.machines.values():
            for what, line in commands.items():
                text = machine.run("sh", "-c", line, check=False).stdout
                (self.folder / f"{machine.name}-{what}.log").write_text(text)
        self.say(f"logs: {self.folder}")

    def down(self):
        """Removes everything of the cluster but its folder; nothing is left to do when it is not up."""
        def gone():
            left = podman.containers(self.name)
            if left:
                podman.run("rm", "--force", "--volumes", "--time", "0", *left, check=False)
            return not podman.containers(self.name)
        wait_until(gone, what=f"the containers of cluster {self.name} are gone", timeout=60, every=0.5)
        self.network.remove()
        host.put_back_for(self.name)
        (self.folder / "cluster.json").unlink(missing_ok=True)
        self.told(f"cluster {self.name} is gone")


def clusters():
    """The names of all clusters that are up, or half up."""
    listed = podman.output("ps", "--all", "--filter", f"label={podman.LABEL}", "--format",
                           f'{{{{index .Labels "{podman.LABEL}"}}}}').split()
    return sorted(set(listed))


def remains(name):
    """What is left of a cluster on this machine; [] after down()."""
    found = [f"container {each}" for each in podman.containers(name)]
    found += [f"network namespace {each}" for each in Network(name).namespaces()]
    mounts = [line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    found += [f"mount {each}" for each in mounts if each.startswith((f"{FOLDER}/cu-{name}", str(host.folder(name))))]
    return found
