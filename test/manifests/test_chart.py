#!/usr/bin/env python3
"""The Helm chart renders what deploy/ holds, and its switches do what they say."""
import json
import re
import subprocess
import unittest

import api_server
import binaries
from api_server import ROOT

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

    def test_the_optional_roles_are_those_of_deploy_optional(self):
        default = objects(self.rendered())
        for switch, name in (("deletePods", "delete-pods"), ("recreatePods", "recreate-pods")):
            wanted = objects((ROOT / "deploy" / "optional" / f"{name}.yaml").read_text())
            chart = objects(self.rendered("--set", f"rbac.{switch}=true"))
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
                             "--set", "metrics.serviceMonitor.enabled=true", "--set", "extraArgs={--x=y}")
        for words in ("--executor-image-k3s=registry.example.com/k3s-upgrade", "--log-format=text", "--v=2", "--x=y",
                      "image: cluster-upgrade-controller@sha256:000", "kind: ServiceMonitor"):
            self.assertIn(words, text)

    def test_wrong_values_are_refused(self):
        self.assertIn("replica", self.refused("--set", "replica=3"))
        self.assertIn("format", self.refused("--set", "log.format=xml"))
        self.assertIn("tolerations", self.refused("--set-json",
                                                  'tolerations=[{"key": "node.kubernetes.io/unschedulable"}]'))


if __name__ == "__main__":
    unittest.main(verbosity=2)
