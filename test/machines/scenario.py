"""The base of the scenarios: a cluster of machines with the controller, a probed workload and witnesses."""
import contextlib
import functools
import os
import signal
import sys
import time
import unittest

import paths  # noqa: F401 (makes test/cluster importable)
import cluster as machines
import executor
import observers
import product
from api_client import wait_until
from harness import condition

UPGRADE = "production"
SKIPPED = 77  # what CTest counts as skipped


class Run:
    """A cluster from `path[0]` to `path[-1]`, over the versions between."""

    def __init__(self, name, path, control_planes=1, workers=2, with_product=True):
        self.cluster = machines.Cluster(name, path[0], control_planes, workers)
        self.path, self.target, self.with_product = path, path[-1], with_product
        self.executor = self.witnesses = self.applied = None

    def __enter__(self):
        self.cluster.__enter__()
        try:
            for version in self.path[1:]:
                self.cluster.stage(version)
            product.add_workload(self.cluster)
            self.cluster.told("the workload is ready")
            if self.with_product:
                product.install(self.cluster)
                self.cluster.told("the controller runs")
                self.executor = executor.prepare(self.cluster, self.path[1:])
            self.witnesses = observers.Witnesses(self.cluster).start()
            return self
        except BaseException as error:
            self.cluster.__exit__(type(error))
            raise

    def __exit__(self, kind, *_):
        if self.witnesses:
            self.witnesses.stop()
            (self.cluster.folder / "witnesses.txt").write_text(self.witnesses.report() + "\n")
        if kind and self.with_product:
            self.keep_story()
        self.cluster.__exit__(kind)

    def keep_story(self):
        """What the product says of itself, for whoever looks into a failure."""
        for name, args in (("upgrade.yaml", ["get", "clusterupgrade", "-o", "yaml"]),
                           ("events.txt", ["get", "events", "-A", "--sort-by=.metadata.creationTimestamp"]),
                           ("pods.txt", ["get", "pods", "-A", "-o", "wide"]),
                           ("jobs.txt", ["logs", "-n", "cluster-upgrade-jobs", "-l", "clusterupgrade.io/upgrade",
                                         "--tail=-1", "--prefix"])):
            with contextlib.suppress(RuntimeError):
                (self.cluster.folder / name).write_text(self.cluster.kubectl("--request-timeout=5s", *args))

    # -- upgrades -----------------------------------------------------------------------------------------------
    def apply(self, **spec):
        """A person's kubectl apply; a path of versions in between is put in when there are any."""
        if len(self.path) > 2:
            spec.setdefault("path", self.path[1:-1])
        product.apply(self.cluster, product.upgrade(self.target, self.executor, UPGRADE, **spec))
        self.applied = self.applied or time.monotonic()
        self.cluster.told("applied")

    def upgrade(self):
        return self.cluster.client.find("clusterupgrades", UPGRADE) or {}

    def entry(self, node=None):
        """status.inProgress of a node, or of the first one in work; {} when it is not in work."""
        listed = self.upgrade().get("status", {}).get("inProgress", [])
        return next((entry for entry in listed if node in (None, entry["name"])), {})

    def wait_end(self, timeout=900):
        """Waits until the upgrade is Ready or Stalled and returns the object."""
        def ended(item):
            if item.get("status", {}).get("observedGeneration") != item.get("metadata", {}).get("generation", 0):
                return False
            return "True" in (condition(item, kind).get("status") for kind in ("Ready", "Stalled"))
        return wait_until(self.upgrade, ended, what="the upgrade is Ready or Stalled", timeout=timeout, every=0.5)

    def wait_ready(self, timeout=900):
        item = self.wait_end(timeout)
        if condition(item, "Ready").get("status") != "True":
            raise AssertionError(f"Stalled: {condition(item, 'Stalled').get('message')}\n"
                                 f"{item['status'].get('failures')}")
        self.cluster.told(f"Ready, {time.monotonic() - self.applied:.0f} s after the first apply")
        return item

    def wait_step(self, step, node=None, timeout=300):
        """Waits until a node is in the step and returns its name."""
        return wait_until(lambda: self.entry(node), lambda entry: entry.get("step") == step,
                          what=f"{node or 'a node'} is in {step}", timeout=timeout)["name"]


class Case(unittest.TestCase):
    """Assertions that every scenario makes."""

    def say(self, text):
        print(text, flush=True)

    def assert_at(self, run, version):
        """Every kubelet and every component is at the version, kubeadm's record too; no node is cordoned, nothing of
        etcd is lost."""
        cluster = run.cluster
        self.assertEqual(set(cluster.versions().values()), {version}, cluster.versions())
        for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
            pods = cluster.client.list("pods", "kube-system", labels=f"component={component}")
            tags = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods}
            self.assertEqual(len(tags), len(cluster.control_planes), tags)
            self.assertEqual(set(tags.values()), {version}, tags)
        recorded = cluster.client.get("configmaps", "kubeadm-config", "kube-system")["data"]["ClusterConfiguration"]
        self.assertIn(f"kubernetesVersion: {version}\n", recorded, "kubeadm has not completed its upgrade")
        proxy = cluster.client.get("daemonsets", "kube-proxy", "kube-system")["spec"]["template"]["spec"]
        self.assertTrue(proxy["containers"][0]["image"].endswith(f":{version}"), proxy["containers"][0]["image"])
        for node in cluster.client.list("nodes"):
            self.assertFalse(node["spec"].get("unschedulable"), f"{node['metadata']['name']} is cordoned")
        self.assertTrue(run.witnesses.marker.kept(), "the object that was written before the upgrade is not as it was")
        cluster.told(f"all of it is at {version}")

    def assert_nothing_failed(self, run):
        """Shows what the witnesses saw."""
        run.witnesses.stop()
        self.say(run.witnesses.report())
        self.assertGreater(min(probe.sent for probe in run.witnesses.probes), 0)
        sent = sum(probe.sent for probe in run.witnesses.probes)
        tolerated = sent * int(os.environ.get("CU_TOLERATED_PERCENT", "0")) // 100
        self.assertLessEqual(run.witnesses.failed, tolerated, "\n".join(run.witnesses.failures))


def needs_machines(test):
    """Skips, saying why, where no machines can be had; with CU_COMPLETE=1 that is a failure."""
    @functools.wraps(test)
    def checked(self):
        reason = machines.why_not()
        if reason and not os.environ.get("CU_COMPLETE"):
            self.skipTest(f"not run: {reason}")
        return test(self)
    return checked


def main():
    """Runs the tests of the calling file; the exit status is 77 when one of them was not run."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster is removed
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    if not result.wasSuccessful():
        raise SystemExit(1)
    if result.skipped or not result.testsRun:
        for _, reason in result.skipped:
            print(reason, flush=True)
        raise SystemExit(SKIPPED)
