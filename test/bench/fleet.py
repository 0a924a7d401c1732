"""Thousands of nodes without kubelets on the least control plane that will do, and the one who upgrades them."""
import concurrent.futures
import http.client
import queue
import shutil
import threading
import time
import uuid

import workloads
from api_client import ApiError, path_of
from control_plane import ControlPlane
from controller import NAMESPACE, SERVICE_ACCOUNT
from harness import Cluster, install
from node_agent import DESIRED_ANNOTATION, JOB_NAMESPACE, NodeAgent, now, pod_version, ready_condition

WRITERS = 4  # requests in flight while the nodes are created
HANDS = 50  # nodes that are brought to their version at the same time: as many as a controller has in work
IMAGES = 40  # a kubelet reports up to 50
AUDIT_FLAGS = ("--audit-log-path", "--audit-policy-file")
# What would mark each new node as not Ready, and ask for ServiceAccounts that nobody makes here.
ADMISSION_OFF = "TaintNodesByCondition,ServiceAccount"


class LeastPlane(ControlPlane):
    """etcd and an API server that keeps no audit log; with `jobs` also the controllers that Jobs need. Nobody
    manages the nodes or sends heartbeats for them."""

    def __init__(self, folder, jobs):
        super().__init__(folder)
        self.jobs = jobs

    def start(self):
        self.spawn("etcd", [*self.etcd_command(), "--quota-backend-bytes", 8 << 30])
        self.start_api()
        if self.jobs:
            self.spawn("kcm", [self.bin / "kube-controller-manager", *self.controller_flags("admin"),
                               "--controllers", "job-controller,garbage-collector-controller"])
        return self

    def api_command(self, api):
        command = super().api_command(api)
        for flag in AUDIT_FLAGS:
            at = command.index(flag)
            del command[at:at + 2]
        return [*command, "--disable-admission-plugins", ADMISSION_OFF]


def images():
    """As a kubelet lists them: the name by digest and the name by tag."""
    for i in range(IMAGES):
        name = f"registry.example.com/platform/component-{i:02}"
        digest = uuid.uuid5(uuid.NAMESPACE_URL, name).hex * 2
        yield {"names": [f"{name}@sha256:{digest}", f"{name}:v1.{i}.3"], "sizeBytes": 20_000_000 + i * 1_234_567}


def condition(kind, reason):
    return {"type": kind, "status": "False", "reason": reason, "message": f"kubelet has {reason}",
            "lastHeartbeatTime": now(), "lastTransitionTime": now()}


def node(number, version):
    """A worker as large as a kubelet of a cloud's machine makes it."""
    zone, address = "abc"[number % 3], f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    item = workloads.node(name_of(number), version, labels={
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "standard-8", "topology.kubernetes.io/region": "region-1",
        "topology.kubernetes.io/zone": f"region-1{zone}", "node.example.com/pool": "general",
        "node.example.com/image": "debian-12", "node.example.com/capacity-type": "on-demand"})
    item["metadata"]["annotations"] = {
        "node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        "csi.volume.kubernetes.io/nodeid": f'{{"csi.example.com":"machine-{number:017x}"}}'}
    item["spec"] = {"podCIDR": f"100.{64 + (number >> 8)}.{number & 255}.0/24",
                    "providerID": f"example:///region-1{zone}/machine-{number:017x}"}
    size = {"cpu": "8", "ephemeral-storage": "103079200Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
            "memory": "32493168Ki", "pods": "110"}
    item["status"].update(
        capacity=size, allocatable=dict(size, cpu="7910m", memory="31476336Ki"),
        addresses=[{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name_of(number)},
                   {"type": "InternalDNS", "address": f"{name_of(number)}.example.internal"}],
        conditions=[condition("MemoryPressure", "KubeletHasSufficientMemory"),
                    condition("DiskPressure", "KubeletHasNoDiskPressure"),
                    condition("PIDPressure", "KubeletHasSufficientPID"), ready_condition(True)],
        daemonEndpoints={"kubeletEndpoint": {"Port": 10250}}, images=list(images()))
    item["status"]["nodeInfo"].update(machineID=uuid.uuid4().hex, systemUUID=str(uuid.uuid4()))
    return item


def name_of(number):
    return f"node-{number:05}"


class Upgrader:
    """Brings each node that waits for it to its version, in `work_seconds`: as the person of External does, and as the
    kubelet of an upgrade Job's pod does. Keeps account of the nodes that came through."""

    def __init__(self, client, jobs, work_seconds):
        self.client, self.hands, self.work_seconds = client, NodeAgent(client), work_seconds
        self.watches = [("nodes", None, self.on_node)] + ([("pods", JOB_NAMESPACE, self.on_job_pod)] if jobs else [])
        self.orders, self.ordered, self.threads = queue.SimpleQueue(), set(), []
        self.target, self.done, self.changed = None, {}, threading.Condition()
        self.stopped, self.problem = threading.Event(), None

    def start(self):
        duties = [(self.follow, (resource, namespace, self.newest(resource), handle))
                  for resource, namespace, handle in self.watches] + [(self.work, ())] * HANDS
        self.threads = [threading.Thread(target=self.guarded, args=duty, daemon=True) for duty in duties]
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        """Nothing more is upgraded; the watches end when the API server does."""
        self.stopped.set()
        self.hands.stop()
        for _ in range(HANDS):
            self.orders.put(None)

    def join(self):
        for thread in self.threads:
            thread.join(timeout=2)

    def guarded(self, run, args):
        try:
            run(*args)
        except Exception as error:  # whatever it was: the benchmark must not wait for this thread in vain
            with self.changed:
                self.problem = error
                self.changed.notify_all()
        finally:
            self.client.close()

    # -- the account --------------------------------------------------------------------------------------------
    def begin(self, version):
        with self.changed:
            self.target, self.done = version, {}

    def wait_done(self, count, timeout):
        """Waits until `count` nodes are back at the version of begin(), or `timeout` is over; returns how many are."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.done) >= count or self.problem, timeout)
            if self.problem:
                raise RuntimeError("the benchmark's upgrader failed") from self.problem
            return len(self.done)

    def last_done(self):
        """The monotonic time at which the newest of them came back."""
        with self.changed:
            return max(self.done.values())

    # -- watching -----------------------------------------------------------------------------------------------
    def newest(self, resource):
        return self.client.request("GET", path_of(resource), query={"limit": 1})["metadata"]["resourceVersion"]

    def follow(self, resource, namespace, version, handle):
        """Goes on from the last version seen: to list everything anew would be felt by those who are measured."""
        while not self.stopped.is_set():
            try:
                for kind, item in self.client.watch(resource, namespace, version=version):
                    version = item["metadata"]["resourceVersion"]
                    if kind in ("ADDED", "MODIFIED") and not self.stopped.is_set():
                        handle(item)
            except (OSError, http.client.HTTPException):
                self.stopped.wait(0.3)
            except ApiError:
                if not self.stopped.is_set():
                    raise

    def on_node(self, item):
        name, meta = item["metadata"]["name"], item["metadata"]
        wanted, reported = meta.get("annotations", {}).get(DESIRED_ANNOTATION), kubelet_version(item)
        cordoned = item["spec"].get("unschedulable", False)
        if wanted and wanted != reported and cordoned:
            self.order((name, wanted), self.upgrade, name, wanted)
        elif not wanted and not cordoned:
            with self.changed:
                if reported == self.target and name not in self.done:
                    self.done[name] = time.monotonic()
                    self.changed.notify_all()

    def on_job_pod(self, pod):
        if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") == "Pending":
            self.order(pod["metadata"]["uid"], self.run_pod, pod)

    # -- work ---------------------------------------------------------------------------------------------------
    def order(self, key, work, *args):
        if key not in self.ordered:
            self.ordered.add(key)
            self.orders.put((work, args))

    def work(self):
        while (order := self.orders.get()) is not None:
            work, args = order
            work(*args)

    def upgrade(self, name, version):
        self.stopped.wait(self.work_seconds)
        self.hands.patch_node(name, {
            "nodeInfo": {"kubeletVersion": version, "kubeProxyVersion": version, "bootID": str(uuid.uuid4())},
            "conditions": [{"type": "Ready", "lastHeartbeatTime": now()}]})

    def run_pod(self, pod):
        self.upgrade(pod["spec"]["nodeName"], pod_version(pod))
        self.hands.pod_phase(pod, "Succeeded")


def kubelet_version(item):
    return item["status"]["nodeInfo"]["kubeletVersion"]


class Fleet(Cluster):
    """`count` nodes at `version`, an Upgrader, and rooms for controllers."""

    def __init__(self, name, count, version, jobs, work_seconds):
        super().__init__(name, control_planes=0, workers=0, version=version, work_seconds=work_seconds)
        self.plane, self.count, self.jobs = LeastPlane(self.folder, jobs), count, jobs

    def __enter__(self):
        try:
            self.plane.start()
            install(self.plane)
            self.fill()
            self.agent = Upgrader(self.plane.client("node-agent"), self.jobs, self.work_seconds).start()
            self.account = self.plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)  # gigabytes that nobody reads again

    def fill(self):
        def write(number):
            self.client.create("nodes", node(number, self.version))
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(write, range(1, self.count + 1)):
                pass  # an error is raised here, and what has not begun is dropped
