"""The fixture of the cluster tests: a control plane, nodes, the agent, the manifests and controllers.

    class Upgrade(unittest.TestCase):
        def test_every_node_reaches_the_target(self):
            with Cluster("upgrade", workers=2) as cluster:
                cluster.start_controller()
                cluster.apply_upgrade()
                cluster.wait_condition("Ready", "True")

Everything of a run (logs, audit.log, kubeconfigs) stays in build/cluster-test/<name>, or $CU_RUN_DIR/<name>.
"""
import os
import pathlib
import shutil

import audit
import workloads
from api_client import Client, wait_until
from control_plane import ControlPlane
from controller import NAMESPACE, ROOT, SERVICE_ACCOUNT, Controller
from node_agent import NodeAgent, is_up
from token_kubelet import LIFE, TokenKubelet

UPGRADE = "production"


def run_folder(name):
    return pathlib.Path(os.environ.get("CU_RUN_DIR", ROOT / "build/cluster-test")) / name


def install(plane):
    """deploy/ as it is, but for the Deployment's replicas: the controllers run beside the cluster, not in it."""
    overlay = plane.folder / "deploy"
    overlay.mkdir(exist_ok=True)
    (overlay / "kustomization.yaml").write_text(
        f"resources: [{os.path.relpath(ROOT / 'deploy', overlay)}]\n"
        f"replicas: [{{name: {SERVICE_ACCOUNT}, count: 0}}]\n")
    plane.kubectl("apply", "-k", overlay)
    plane.kubectl("wait", "--for=condition=Established", "crd/clusterupgrades.clusterupgrade.io", "--timeout=30s")
    plane.kubectl("get", "clusterupgrades")  # waits while the new storage still answers 429


def optional(name):
    """The path of a manifest that gives more rights, by choice."""
    return ROOT / "deploy/optional" / name


def condition(item, kind):
    """The condition of an object as a dict; {} while it is not there."""
    conditions = (item or {}).get("status", {}).get("conditions", [])
    return next((found for found in conditions if found["type"] == kind), {})


class Cluster:
    """Nodes cp-1… and worker-1… at `version`; `work_seconds` is how long an upgrade Job takes."""

    def __init__(self, name, control_planes=1, workers=2, version="v1.35.4", work_seconds=0.3):
        self.folder = run_folder(name)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.plane = ControlPlane(self.folder)
        self.version, self.work_seconds = version, work_seconds
        self.control_planes = [f"cp-{i + 1}" for i in range(control_planes)]
        self.workers = [f"worker-{i + 1}" for i in range(workers)]
        self.controllers = {}
        self.agent = self.account = self.token_kubelet = None
        self.tokens = {}  # of the replicas that run as a pod, by name

    @property
    def client(self):
        return self.plane.client()

    @property
    def human(self):
        """A client as a person, so that the audit log tells people from tests."""
        return self.plane.client(workloads.HUMAN)

    def account_client(self):
        """A client as the controller's ServiceAccount."""
        return Client.from_kubeconfig(self.account)

    def __enter__(self):
        try:
            self.plane.start()
            install(self.plane)
            self.add_nodes(self.control_planes, control_plane=True)
            self.add_nodes(self.workers)
            self.agent = NodeAgent(self.plane.client("node-agent"), self.work_seconds).start()
            self.account = self.plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.agent:
            self.agent.stop()
        if self.token_kubelet:
            self.token_kubelet.stop()
        for controller in self.controllers.values():
            controller.kill()
        self.plane.stop()
        if self.agent:
            self.agent.join()

    # -- nodes and workloads ------------------------------------------------------------------------------------
    def add_nodes(self, names, control_plane=False, version=None, labels=None):
        workloads.create(self.client, *(workloads.node(name, version or self.version, control_plane, labels)
                                        for name in names))
        for name in names:
            self.wait_node(name, is_up, "up")

    def node(self, name):
        return self.client.get("nodes", name)

    def versions(self):
        """{node: kubelet version}"""
        return {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"]
                for node in self.client.list("nodes")}

    def cordoned(self):
        """The names of the nodes that take no new pods."""
        return sorted(node["metadata"]["name"] for node in self.client.list("nodes")
                      if node["spec"].get("unschedulable"))

    def cordon(self, name, unschedulable=True):
        """As a person does with kubectl cordon / uncordon."""
        self.human.patch("nodes", name, {"spec": {"unschedulable": unschedulable or None}})

    def wait_node(self, name, holds, what, timeout=60):
        return self.client.wait_for("nodes", name, lambda node: node and holds(node), what, timeout=timeout)

    def add_workloads(self, *objects):
        """Creates them and waits until they are ready."""
        workloads.create(self.client, *objects)
        for item in objects:
            if item["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Pod"):
                workloads.workload_ready(self.client, item)

    def let_go(self, name="web", namespace="default"):
        """Opens a held budget by one pod."""
        least = self.client.get("poddisruptionbudgets", name, namespace)["spec"]["minAvailable"] - 1
        self.client.patch("poddisruptionbudgets", name, {"spec": {"minAvailable": least}}, namespace)

    # -- controllers --------------------------------------------------------------------------------------------
    def add_controller_pod(self, name="controller-1", seconds=LIFE, api=None):
        """The pod of a replica, as its Deployment makes it, with a token of that life which the token kubelet gets from
        the API server `api`; start_controller(name) then runs with it. Returns the PodToken."""
        template = self.client.get("deployments", SERVICE_ACCOUNT, NAMESPACE)["spec"]["template"]
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
               "metadata": {"name": name, "namespace": NAMESPACE, "labels": template["metadata"]["labels"]}}
        self.add_workloads(pod)
        self.token_kubelet = self.token_kubelet or TokenKubelet(self.plane.client("token-kubelet")).start()
        self.tokens[name] = self.token_kubelet.keep(self.client.get("pods", name, NAMESPACE),
                                                    self.folder / f"{name}.token", seconds,
                                                    self.plane.client("token-kubelet", api=api))
        self.plane.write_kubeconfig(name, {"tokenFile": str(self.tokens[name].path)}, api)
        return self.tokens[name]

    def start_controller(self, name="controller-1", flags=()):
        """Starts a replica, or starts it again after kill or stop; returns when it answers."""
        account = self.folder / f"{name}.kubeconfig" if name in self.tokens else self.account
        controller = self.controllers.get(name) or Controller(name, account, self.folder, flags)
        self.controllers[name] = controller
        return controller.start().wait_alive()

    def leader(self, timeout=30):
        """The replica that holds the lease, by its own metric."""
        def look():
            return next((each for each in self.controllers.values() if each.running() and each.leads()), None)
        return wait_until(look, what="a replica leads", timeout=timeout)

    # -- upgrades -----------------------------------------------------------------------------------------------
    def apply_upgrade(self, name=UPGRADE, **spec):
        """Applies workloads.upgrade(name, **spec) as a person does; returns what the server made of it."""
        return self.human.apply("clusterupgrades", workloads.upgrade(name, **spec), manager="kubectl")

    def patch_upgrade(self, body, name=UPGRADE):
        return self.human.patch("clusterupgrades", name, body)

    def upgrade(self, name=UPGRADE):
        return self.client.find("clusterupgrades", name)

    def wait_upgrade(self, holds, what, name=UPGRADE, timeout=120):
        """Waits until holds(object) and returns the object; a controller that has ended fails the wait at once."""
        def look():
            for controller in self.controllers.values():
                if controller.popen and not controller.running() and controller.popen.returncode not in (0, -9):
                    raise AssertionError(f"{controller.name} ended with {controller.popen.returncode}:\n"
                                         f"{controller.tail()}")
            return self.upgrade(name)
        return wait_until(look, lambda item: item is not None and holds(item), timeout=timeout,
                          what=f"ClusterUpgrade {name}: {what}")

    def wait_condition(self, kind, status="True", reason=None, name=UPGRADE, timeout=120):
        """Waits for a condition that speaks of the object's newest generation."""
        def holds(item):
            found = condition(item, kind)
            return found.get("status") == status and (reason is None or found.get("reason") == reason) and \
                found.get("observedGeneration", -1) == item["metadata"]["generation"]
        return self.wait_upgrade(holds, f"{kind}={status} {reason or ''}", name, timeout)

    def wait_step(self, step, node=None, name=UPGRADE, timeout=60):
        """Waits until a node (or `node`) is in this step; returns the entry of status.inProgress."""
        def entries(item):
            return [entry for entry in item.get("status", {}).get("inProgress", [])
                    if entry.get("step") == step and node in (None, entry["name"])]
        return entries(self.wait_upgrade(entries, f"{node or 'a node'} in {step}", name, timeout))[0]

    def audit(self):
        return audit.read(*self.plane.audit_logs)
