"""The two clusters that the demo can work on: its own, and one that the user has."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import audit
import binaries
import workloads
from api_client import Client, wait_until
from control_plane import ControlPlane, kubeconfig_text
from controller import NAMESPACE, SERVICE_ACCOUNT, Controller
from harness import install
from node_agent import is_up
from process import Process

HERE = pathlib.Path(__file__).resolve().parent
FROM = "v1.35.4"
CORDONED, ALONE = "worker-3", "report-by-hand"


def stop_kept(folder):
    """Ends what an earlier run with --keep has left; only processes that still belong to that folder."""
    record = pathlib.Path(folder) / "pids.json"
    if not record.exists():
        return False
    for pid in json.loads(record.read_text()):
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            if str(folder) in command:
                os.kill(pid, signal.SIGKILL)
                while pathlib.Path(f"/proc/{pid}").exists():
                    time.sleep(0.02)
        except (FileNotFoundError, ProcessLookupError):
            continue
    record.unlink()
    return True


class OwnCluster:
    """A control plane on loopback, one control-plane node, five workers, workloads, and an agent for the kubelets."""

    def __init__(self, folder, keep, work_seconds):
        self.folder, self.keep, self.work_seconds = pathlib.Path(folder), keep, work_seconds
        self.plane = self.controller = self.agent = None

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.plane = ControlPlane(self.folder, detached=self.keep)
        self.plane.start()
        names = ["cp-1"] + [f"worker-{i}" for i in range(1, 6)]
        client = self.client
        workloads.create(client, *(workloads.node(name, FROM, control_plane=name == "cp-1") for name in names))
        for name in names:
            client.wait_for("nodes", name, is_up, "up")
        self.kubectl("cordon", CORDONED, user=workloads.HUMAN)
        command = [sys.executable, HERE / "node_agent.py", "--kubeconfig", self.plane.kubeconfig("node-agent"),
                   "--work-seconds", self.work_seconds]
        self.agent = Process("node-agent", command, self.folder / "node-agent.log", detached=self.keep).start()

    @property
    def client(self):
        return self.plane.client()

    def kubectl(self, *args, stdin=None, user="admin"):
        return self.plane.kubectl(*args, stdin=stdin, user=user).stdout

    def add_workloads(self):
        """Returns what was made, in a person's words."""
        times = workloads.times(start="1s", termination="2s")
        objects = [
            workloads.namespace_object("shop"),
            workloads.deployment("web", 10, "shop", times), workloads.budget("web", "shop", max_unavailable=2),
            workloads.stateful_set("database", 3, "shop", times),
            workloads.budget("database", "shop", max_unavailable=1),
            workloads.daemon_set("log-collector", "shop", times),
            workloads.deployment("cache", 1, "shop", times, empty_dir=True),
            workloads.pod(ALONE, "shop", times, node_name="worker-2")]
        workloads.create(self.client, *objects)
        for item in objects:
            if item["kind"] not in ("Namespace", "PodDisruptionBudget"):
                workloads.workload_ready(self.client, item)
        return ["Deployment shop/web, 10 pods, budget: 2 may be away",
                "StatefulSet shop/database, 3 pods, budget: 1 may be away", "DaemonSet shop/log-collector",
                "Deployment shop/cache, its pod with an emptyDir", f"stand-alone pod shop/{ALONE} on worker-2",
                f"{CORDONED} is cordoned by a person"]

    def install(self):
        install(self.plane)

    def start_controller(self):
        account = self.plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
        self.controller = Controller("controller", account, self.folder, detached=self.keep)
        self.controller.start().wait_alive()

    def events(self):
        return audit.read(*self.plane.audit_logs)

    def evictions(self):
        return sum(event.resource == "pods/eviction" and event.accepted and event.user == audit.CONTROLLER
                   for event in self.events())

    def checks(self, upgrade, nodes):
        """[(what must be true, whether it is)] of this cluster's special guests."""
        warnings = json.dumps(upgrade.get("status", {}).get("warnings", []))
        marked = {node["metadata"]["name"] for node in nodes if node["spec"].get("unschedulable")}
        return [(f"{CORDONED} is still cordoned, all others take pods", marked == {CORDONED}),
                (f"the stand-alone pod shop/{ALONE} is named in status.warnings", ALONE in warnings)]

    def record(self):
        """Remembers the processes, so that --stop finds them."""
        processes = [*self.plane.processes.values(), self.agent, self.controller]
        (self.folder / "pids.json").write_text(json.dumps([process.pid for process in processes]))

    def stop(self):
        for process in (self.controller, self.agent):
            if process:
                process.stop()
        if self.plane:
            self.plane.stop()


class UserCluster:
    """Somebody's real cluster, through its kubeconfig: nothing is created but what deploy/ holds (with no replica: the
    controller runs here, as its ServiceAccount) and the ClusterUpgrade."""

    def __init__(self, folder, kubeconfig):
        self.folder, self.kubeconfig = pathlib.Path(folder), pathlib.Path(kubeconfig).resolve()
        self.program = shutil.which("kubectl") or binaries.ensure(["kubectl"]) / "kubectl"
        self.proxy = self.controller = self.client = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "proxy.log"
        log.unlink(missing_ok=True)
        self.proxy = Process("kubectl proxy", [self.program, "--kubeconfig", self.kubeconfig, "proxy", "--port=0"],
                             log).start()

        def serving():
            self.proxy.must_run()
            return re.search(r"127\.0\.0\.1:(\d+)", log.read_text())
        self.client = Client("127.0.0.1", int(wait_until(serving, what="kubectl proxy serves", timeout=20)[1]))

    def kubectl(self, *args, stdin=None):
        command = [str(part) for part in (self.program, "--kubeconfig", self.kubeconfig, *args)]
        result = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
        if result.returncode:
            raise RuntimeError(f"kubectl {' '.join(map(str, args))}: {result.stderr.strip()}")
        return result.stdout

    def add_workloads(self):
        return []

    def install(self):
        found = self.client.find("deployments", SERVICE_ACCOUNT, NAMESPACE)
        if found and found.get("status", {}).get("readyReplicas"):
            raise RuntimeError("the controller already runs in this cluster: apply a ClusterUpgrade and watch it")
        install(self)

    def start_controller(self):
        view = json.loads(self.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
        cluster = view["clusters"][0]["cluster"]
        authority = self.folder / "ca.crt"
        authority.write_bytes(base64.b64decode(cluster.pop("certificate-authority-data", "")))
        cluster["certificate-authority"] = str(authority)
        token = self.folder / "controller.token"
        token.touch(mode=0o600)
        token.write_text(self.kubectl("-n", NAMESPACE, "create", "token", SERVICE_ACCOUNT, "--duration=24h").strip())
        account = self.folder / "controller.kubeconfig"
        account.write_text(kubeconfig_text(cluster, {"tokenFile": str(token)}))
        self.controller = Controller("controller", account, self.folder)
        self.controller.start().wait_alive()

    def evictions(self):
        series = self.controller.metrics()
        return int(sum(value for name, value in series.items()
                       if name.startswith("clusterupgrade_evictions_total") and 'code="2' in name))

    def checks(self, upgrade, nodes):
        return []

    def stop(self):
        for process in (self.controller, self.proxy):
            if process:
                process.stop()
