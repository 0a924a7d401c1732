#!/usr/bin/env python3
"""The Helm chart renders what deploy/ holds, and its switches do what they say."""
import json
import random
import re
import subprocess
import unittest

import api_server
import binaries
import controller
from api_server import ROOT

SYSTEM = "cluster-upgrade-system"
CHART = ROOT / "charts" / "cluster-upgrade-controller"
HELM_LABELS = ["helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance",
               "app.kubernetes.io/version"]


def helm(*args):
    command = [binaries.ensure(["helm"]) / "helm", *args]
    return subprocess.run([str(part) for part in command], text=True, capture_output=True, check=False)


def objects(yaml):
    """{(kind, namespace, name): object} of a stream of manifests, without what Helm adds to every object."""
    text = api_server.shared().kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-",
                                       stdin=yaml).stdout
    found, decoder = {}, json.JSONDecoder()
    while text := text.strip():
        each, end = decoder.raw_decode(text)
        text = text[end:]
        for metadata in (each["metadata"], each.get("spec", {}).get("template", {}).get("metadata", {})):
            for label in HELM_LABELS:
                metadata.get("labels", {}).pop(label, None)
            metadata.get("annotations", {}).pop("helm.sh/resource-policy", None)
            if not metadata.get("annotations", True):
                del metadata["annotations"]
        key = (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        assert key not in found, f"{key} is there twice"
        found[key] = each
    return found


# One value each; refused by the schema.
WRONG = [
    "replica=3", "replicas=0", 'log={"format": "xml"}', 'log={"verbosity": 11}', 'image={"repository": ""}',
    'tolerations=[{"key": "node.kubernetes.io/unschedulable"}]', 'tolerations=[{"operator": "Exists"}]',
    'tolerations=[{"operator": "Exists", "effect": "NoSchedule"}]', 'tolerations=[{"key": ""}]',
    'tolerations=[{"key": "", "operator": "Exists"}]', 'tolerations=[{"key": "a", "operator": "Exists", "value": "b"}]',
    'podLabels={"app.kubernetes.io/name": "x"}', 'podLabels={"a": 1}', 'podLabels={"a b": "c"}',
    'podAnnotations={"a": 1}', 'imagePullSecrets=[{}]', 'imagePullSecrets=["a"]',
    'jobNamespace={"name": "UPPER_case"}', 'jobNamespace={"name": ""}', 'metrics={"serviceMonitor": {"interval": "soon"}}',
    'metrics={"serviceMonitor": {"labels": {"app.kubernetes.io/instance": "x"}}}', 'metrics={"port": 80}',
    'resources={"limits": {"memory": "much"}}', 'resources={"limit": {"memory": "1Mi"}}',
    'extraArgs=["--v=1"]', 'extraArgs=["--unknown=1"]', 'extraArgs=["--leader-elect=false"]', 'nodeSelector={"a": true}',
    'executorImages={"k3s": "has space"}',
]
# Refused by the template, with the reason.
WRONG_PAIRS = {
    'jobNamespace={"name": "cluster-upgrade-system"}': "is the namespace of the release",
    'jobNamespace={"name": "cluster-upgrade-system", "create": false}': "is the namespace of the release",
    'jobNamespace={"name": "default"}': "is no namespace for the Jobs",
    'jobNamespace={"name": "default", "create": false}': "is no namespace for the Jobs",
    'jobNamespace={"name": "kube-node-lease", "create": false}': "is no namespace for the Jobs",
    'jobNamespace={"name": "kube-system"}': "is no namespace for the Jobs",
    'metrics={"port": 8081}': "must differ",
    'metrics={"service": {"enabled": false}, "serviceMonitor": {"enabled": true}}': "needs metrics.service.enabled",
}
# What a test draws from; some of it is refused.
VALUES = {
    "replicas": [1, 2, 3, 0], "image.repository": ["a", "registry.example.com:5000/a/b_c", "A", "a b"],
    "image.tag": ["", "v1", "1.0_x", "+1"], "image.pullPolicy": ["Always", "Never"],
    "imagePullSecrets": [[], [{"name": "a"}], [{"name": "A"}]], "crds.enabled": [False], "crds.keep": [False, True],
    "jobNamespace.name": ["jobs", "upgrade-jobs-2"], "jobNamespace.create": [False],
    "executorImages.k3s": ["", "registry.example.com/k3s"], "rbac.deletePods": [True], "rbac.recreatePods": [True],
    "rbac.refreshWorkloads": [True],
    "admissionPolicy.enabled": [False, True], "networkPolicy.enabled": [True],
    "networkPolicy.apiServerPorts": [[443], [16443, 443], []],
    "log.format": ["text", "json"], "log.verbosity": [0, 10, 11], "metrics.port": [8080, 8081, 9090, 65535],
    "probes.port": [8081, 8080, 1024], "metrics.service.enabled": [False, True],
    "metrics.serviceMonitor.enabled": [True], "metrics.serviceMonitor.interval": ["15s", "1m"],
    "serviceAccount.annotations": [{}, {"example.com/role": "arn:x/y"}], "podAnnotations": [{"a": "1"}, {"a/b": ""}],
    "podLabels": [{"a": "b"}, {"example.com/team": ""}, {"a": "-"}, {"app.kubernetes.io/part-of": "x"}],
    "priorityClassName": ["", "system-cluster-critical"],
    "resources": [{}, {"limits": {"memory": "64Mi", "cpu": 1}}, {"requests": {"memory": "0.05Gi"}}],
    "nodeSelector": [{}, {"a": "b"}, {"node-role.kubernetes.io/control-plane": ""}],
    "tolerations": [[], [{"key": "a", "operator": "Exists"}], [{"key": "a", "value": "b", "effect": "NoExecute"}],
                    [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}], [{"key": "a/b", "operator": "Exists"}],
                    [{"key": "a", "operator": "Equal", "value": "b", "tolerationSeconds": 5}]],
    "extraArgs": [[], ["--config=/etc/c.yaml"], ["--v=3"]],
}


class Chart(unittest.TestCase):
    maxDiff = None

    def rendered(self, *flags):
        result = helm("template", "cluster-upgrade-controller", CHART, "--namespace", "cluster-upgrade-system", *flags)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, *flags):
        result = helm("template", "cluster-upgrade-controller", CHART, *flags)
        self.assertNotEqual(result.returncode, 0, "was accepted")
        return result.stderr

    def test_lint_finds_nothing(self):
        result = helm("lint", "--strict", CHART)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_its_examples_name_an_executor_that_this_release_has(self):
        for name in ("Chart.yaml", "templates/NOTES.txt"):
            types = re.findall(r"executor:\s+type: (\w+)", (CHART / name).read_text())
            self.assertTrue(types, f"no example in {name}")
            self.assertLessEqual(set(types), {"Job", "External"}, name)

    def test_it_holds_the_crd_of_the_repository(self):
        self.assertEqual((CHART / "files" / "clusterupgrades.yaml").read_text(),
                         (ROOT / "crds" / "clusterupgrades.yaml").read_text(),
                         "copy crds/clusterupgrades.yaml to charts/cluster-upgrade-controller/files/")

    def test_with_its_defaults_it_renders_the_objects_of_deploy(self):
        plain = objects(api_server.shared().kubectl("kustomize", ROOT / "deploy").stdout)
        # Helm needs the release's own namespace before it renders anything: `helm install --create-namespace`.
        del plain["Namespace", None, "cluster-upgrade-system"]
        chart = objects(self.rendered())
        self.assertEqual(sorted(map(str, chart)), sorted(map(str, plain)))
        for key, wanted in plain.items():
            self.assertEqual(chart[key], wanted)

    def test_what_is_optional_is_that_of_deploy_optional(self):
        default = objects(self.rendered())
        for switch, name in (("rbac.deletePods", "delete-pods"), ("rbac.recreatePods", "recreate-pods"),
                             ("rbac.refreshWorkloads", "refresh-workloads"),
                             ("networkPolicy.enabled", "network-policy")):
            wanted = objects((ROOT / "deploy" / "optional" / f"{name}.yaml").read_text())
            chart = objects(self.rendered("--set", f"{switch}=true"))
            self.assertEqual({key: each for key, each in chart.items() if key not in default}, wanted)

    def test_the_crd_is_kept_unless_told_otherwise(self):
        self.assertIn("CustomResourceDefinition", self.rendered())
        self.assertEqual(self.rendered().count("helm.sh/resource-policy: keep"), 2)
        self.assertEqual(self.rendered("--set", "crds.keep=false").count("helm.sh/resource-policy: keep"), 1)
        self.assertNotIn("CustomResourceDefinition", self.rendered("--set", "crds.enabled=false"))

    def test_another_namespace_for_jobs_is_used_everywhere(self):
        text = self.rendered("--set", "jobNamespace.name=upgrade-jobs")
        self.assertNotIn("cluster-upgrade-jobs", text)
        self.assertIn("--job-namespace=upgrade-jobs", text)

    def test_a_single_replica_has_no_budget_that_could_never_allow_its_eviction(self):
        self.assertNotIn("PodDisruptionBudget\n", self.rendered("--set", "replicas=1", "--set", "crds.enabled=false"))

    def test_switches_reach_the_program(self):
        text = self.rendered("--set", "executorImages.k3s=registry.example.com/k3s-upgrade", "--set", "log.format=text",
                             "--set", "log.verbosity=2", "--set", "image.digest=sha256:" + "0" * 64,
                             "--set", "metrics.serviceMonitor.enabled=true", "--set", "extraArgs={--config=/etc/controller.yaml}")
        for words in ("--executor-image-k3s=registry.example.com/k3s-upgrade", "--log-format=text", "--v=2",
                      "--config=/etc/controller.yaml",
                      "image: cluster-upgrade-controller@sha256:000", "kind: ServiceMonitor"):
            self.assertIn(words, text)

    def test_the_admission_policies_can_be_left_out_and_are_where_there_are_none(self):
        self.assertIn("kind: ValidatingAdmissionPolicy", self.rendered())
        self.assertNotIn("ValidatingAdmissionPolicy", self.rendered("--set", "admissionPolicy.enabled=false"))
        self.assertNotIn("ValidatingAdmissionPolicy", self.rendered("--kube-version", "1.29.9"))

    def test_the_notes_say_what_the_namespace_lacks(self):
        server = api_server.shared()
        server.kubectl("create", "namespace", "bare", check=False)
        for labelled in (False, True):
            if labelled:
                server.kubectl("label", "namespace", "bare", "pod-security.kubernetes.io/enforce=restricted")
            result = helm("install", "notes", CHART, "--namespace", "bare", "--dry-run=server", "--kubeconfig",
                          server.kubeconfig(), "--set", "crds.enabled=false", "--set", "jobNamespace.create=false")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual("kubectl label namespace bare" in result.stdout, not labelled, result.stdout[-900:])

    def test_wrong_values_are_refused(self):
        for flags in WRONG:
            with self.subTest(flags):
                self.refused("--set-json", flags)

    def test_a_wrong_pair_of_values_is_refused_with_the_reason(self):
        for values, words in WRONG_PAIRS.items():
            with self.subTest(values):
                message = self.refused("--namespace", "cluster-upgrade-system", "--set-json", values)
                self.assertIn(words, message)

    def test_the_release_may_be_in_any_namespace(self):
        for namespace in ("default", "kube-system", "kube-node-lease", "upgrades"):
            result = helm("template", "x", CHART, "--namespace", namespace)
            self.assertEqual(result.returncode, 0, result.stderr)
            roles = [key for key in objects(result.stdout) if key[0] in ("Role", "RoleBinding")]
            self.assertEqual(len(roles), 10, roles)

    def test_what_is_accepted_is_accepted_by_the_api_server_and_by_the_program_too(self):
        """Values drawn at random, good and bad; what helm takes must hold to the end."""
        draw, taken = random.Random(20), 0
        for name in (SYSTEM, "cluster-upgrade-jobs", "kube-node-lease", *VALUES["jobNamespace.name"]):
            api_server.shared().kubectl("create", "namespace", name, check=False)
        for _ in range(100):
            values = {path: draw.choice(choices) for path, choices in VALUES.items() if draw.random() < 0.25}
            flags = [flag for path, value in values.items() for flag in ("--set-json", f"{path}={json.dumps(value)}")]
            result = helm("template", "x", CHART, "--namespace", SYSTEM, *flags)
            if result.returncode:
                self.assertNotIn("cannot be handled", result.stderr)
                continue
            taken += 1
            with self.subTest(values):
                self.holds(result.stdout)
        self.assertGreater(taken, 20)

    def holds(self, rendered):
        """Its objects pass a dry run of the API server, its flags are known to the program."""
        # The API server of the test knows no ServiceMonitor.
        each = objects("---".join(part for part in rendered.split("---") if "kind: ServiceMonitor" not in part))
        manifests = [item for key, item in each.items() if key[0] != "Namespace"]
        done = api_server.shared().kubectl("apply", "--dry-run=server", "-f", "-", check=False,
                                           stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
        self.assertEqual(done.returncode, 0, done.stderr)
        deployment = each["Deployment", SYSTEM, "cluster-upgrade-controller"]
        args = [re.sub(r"\$\(\w+\)", "name", arg) for arg in deployment["spec"]["template"]["spec"]["containers"][0]["args"]
                if not arg.startswith("--config=")]
        started = subprocess.run([controller.binary(), *args], text=True, capture_output=True, check=False, env={})
        # It has read all of its flags when it looks for the API server.
        self.assertIn("KUBERNETES_SERVICE_HOST", started.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
