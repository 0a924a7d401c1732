"""The base of the drain's tests: many small upgrades on one control plane, each of a fresh node."""
import contextlib
import signal
import unittest

import audit
import workloads
from api_client import ApiError, wait_until
from harness import UPGRADE, Cluster, condition, optional

SPARE = "spare"  # takes what leaves; it is never upgraded itself
TARGET = "v1.36.3"
ROLE = "cluster-upgrade-controller"


class DrainCase(unittest.TestCase):
    """Each test has a node and a namespace of its own (self.node, self.ns); what it leaves is taken away after it."""

    cluster_name = None
    count = 0

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster(cls.cluster_name, control_planes=0, workers=0, work_seconds=0))
        cls.client = cls.cluster.client
        cls.cluster.add_nodes([SPARE], labels={"clusterupgrade.io/exclude": "true"})
        cls.cluster.start_controller()

    def setUp(self):
        type(self).count += 1
        self.node, self.ns = f"node-{self.count}", f"test-{self.count}"
        workloads.create(self.client, workloads.namespace_object(self.ns))
        self.cluster.add_nodes([self.node])
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with contextlib.suppress(ApiError):
            self.cluster.human.delete("clusterupgrades", UPGRADE)
        self.client.wait_for("clusterupgrades", UPGRADE, lambda item: item is None, "gone", timeout=30)
        for pod in self.client.list("pods", self.ns):
            workloads.remove_finalizers(self.client, "pods", pod["metadata"]["name"], self.ns)
        with contextlib.suppress(ApiError):
            self.client.delete("namespaces", self.ns)
        for node in self.client.list("nodes"):
            if node["metadata"]["name"] != SPARE:
                self.client.delete("nodes", node["metadata"]["name"])

    # -- the world ----------------------------------------------------------------------------------------------
    def fill(self, *objects):
        """Creates them and waits until they are ready; pods that a scheduler places land on self.node."""
        self.cluster.cordon(SPARE)
        self.cluster.add_workloads(*objects)
        self.cluster.cordon(SPARE, unschedulable=False)

    def web(self, replicas=1, held=True, **times):
        """A Deployment on self.node; `held`: with a budget that allows nothing until self.let_go()."""
        objects = [workloads.deployment("web", replicas, self.ns, workloads.times(**times))]
        if held:
            objects.append(workloads.held_budget("web", replicas, self.ns))
        self.fill(*objects)

    def let_go(self):
        self.cluster.let_go("web", self.ns)

    def pod(self, name, **more):
        """A stand-alone pod on self.node."""
        return workloads.pod(name, self.ns, node_name=self.node, **more)

    def pods(self, name):
        """The pods of app `name` that are there."""
        return self.client.list("pods", self.ns, labels=f"app={name}")

    def gone(self, name):
        self.client.wait_for("pods", name, lambda pod: pod is None, "gone", self.ns, timeout=30)

    @contextlib.contextmanager
    def controller_manager_stopped(self):
        """Budgets' status, namespaces and replicas stand still meanwhile."""
        process = self.cluster.plane.processes["kcm"]
        process.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.signal(signal.SIGCONT)

    @contextlib.contextmanager
    def without_right(self, resource):
        """The controller's ClusterRole as deployed, but for its rules about `resource`."""
        rules = self.client.get("clusterroles", ROLE)["rules"]
        kept = [rule for rule in rules if resource not in rule.get("resources", [])]
        self.assertLess(len(kept), len(rules))
        self.client.patch("clusterroles", ROLE, {"rules": kept})
        try:
            yield
        finally:
            self.client.patch("clusterroles", ROLE, {"rules": rules})

    def grant(self, manifest):
        """Applies deploy/optional/<manifest> until the test ends."""
        path = optional(manifest)
        self.cluster.plane.kubectl("apply", "-f", path)
        self.addCleanup(self.cluster.plane.kubectl, "delete", "-f", path)

    # -- the upgrade --------------------------------------------------------------------------------------------
    def drain(self, ignore=(), **drain):
        """Begins the upgrade of self.node with spec.drain = drain."""
        spec = {"drain": drain} if drain else {}
        if ignore:
            spec["preflight"] = {"ignore": list(ignore)}
        self.cluster.apply_upgrade(executor="External", verify={"minReadySeconds": 0}, **spec)

    def wait_draining(self, node=None):
        return self.cluster.wait_step("Draining", node or self.node)

    def wait_blocked(self, reason, kind=None, name=None, timeout=30):
        """Waits for an entry of blockedBy; returns (the entry, the node's whole entry, the object)."""
        def find(item):
            return [(by, entry, item) for entry in item.get("status", {}).get("inProgress", [])
                    for by in entry.get("blockedBy", []) if by["reason"] == reason
                    and kind in (None, by["kind"]) and name in (None, by["name"])]
        return find(self.cluster.wait_upgrade(find, f"blocked by {kind or ''} {name or ''} {reason}",
                                              timeout=timeout))[0]

    def wait_ready(self, timeout=60):
        """Waits for the end; the node must be at the target and without marks. Returns the object."""
        item = self.cluster.wait_condition("Ready", timeout=timeout)
        node = self.cluster.node(self.node)
        self.assertEqual(node["status"]["nodeInfo"]["kubeletVersion"], TARGET)
        self.assertNotIn(audit.CORDONED_BY, node["metadata"].get("annotations", {}))
        return item

    def reconciling(self, item):
        return condition(item, "Reconciling").get("message", "")

    def wait_given_back(self, node=None, timeout=30):
        self.cluster.wait_node(node or self.node, lambda found: not found["spec"].get("unschedulable")
                               and audit.CORDONED_BY not in found["metadata"].get("annotations", {}),
                               "given back", timeout=timeout)

    def events(self):
        """Audit events of this test's namespace."""
        return [event for event in self.cluster.audit() if event.namespace == self.ns]

    def evictions(self, name=None, code=None):
        """The controller's requests to evict."""
        return [event for event in self.events() if event.resource == "pods/eviction"
                and event.user == audit.CONTROLLER and name in (None, event.name) and code in (None, event.code)]

    def wait_answer(self, code, name=None):
        """Waits until the server has given the controller's evictions this answer."""
        wait_until(lambda: self.evictions(name, code), what=f"an eviction answered with {code}", timeout=30, every=0.3)
