#!/usr/bin/env python3
"""What a real kube-apiserver says to ClusterUpgrades: which it refuses, in which words, and what it fills in.

    ./test_admission.py            run the tests
    ./test_admission.py --write    write docs/INVALID.md anew, from what the API server says

Each file in invalid/ begins with two comments: what it shows, and words that the refusal must contain.
"""
import functools
import json
import re
import sys
import unittest

import api_server
from api_client import ApiError
from api_server import CRD, ROOT

HERE = ROOT / "test" / "manifests"
TABLE = ROOT / "docs" / "INVALID.md"
# The functions that rules may use: all of them in Kubernetes 1.29, the oldest API server that is supported.
KNOWN_FUNCTIONS = {"all", "exists", "find", "has", "indexOf", "int", "isSorted", "lastIndexOf", "map", "matches", "min",
                   "size", "split", "type"}


def invalid_objects():
    return sorted((HERE / "invalid").glob("*.yaml"))


def valid_objects():
    return sorted((HERE / "valid").glob("*.yaml")) + sorted((ROOT / "deploy" / "examples").glob("*.yaml"))


def comment(path, key):
    return re.search(rf"^# {key}: (.*)$", path.read_text(), re.MULTILINE).group(1)


@functools.cache
def refusal(path):
    """What the user sees who applies the object, or None if it was accepted."""
    accepted, words = api_server.shared().words("apply", "--dry-run=server", "-f", path)
    return None if accepted else words


def overlaid(value, above):
    """`value` with the fields of `above` in their places."""
    if isinstance(value, dict) and isinstance(above, dict):
        return value | {key: overlaid(value.get(key), below) for key, below in above.items()}
    if isinstance(value, list) and isinstance(above, list) and len(value) == len(above):
        return [overlaid(*pair) for pair in zip(value, above)]
    return above


def schema_of(version):
    return version["schema"]["openAPIV3Schema"]


def fields(schema, path=""):
    """Yields (path, schema) of every field below."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from fields(field, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from fields(schema["items"], path + "[]")


def rules(schema):
    yield from schema.get("x-kubernetes-validations", [])
    for below in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(below, dict):
            yield from rules(below)


class Admission(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = api_server.shared()
        cls.client = cls.server.client()
        cls.crd = cls.client.get("customresourcedefinitions", CRD)
        cls.version = cls.crd["spec"]["versions"][0]

    def apply(self, path):
        self.server.kubectl("apply", "-f", path)
        name = re.search(r"^  name: (.*)$", path.read_text(), re.MULTILINE).group(1)
        self.addCleanup(self.client.delete, "clusterupgrades", name)
        return self.client.get("clusterupgrades", name)

    def test_there_are_at_least_25_invalid_objects(self):
        self.assertGreaterEqual(len(invalid_objects()), 25)

    def test_every_invalid_object_is_refused_in_words_that_help(self):
        for path in invalid_objects():
            with self.subTest(path.name):
                words = refusal(path)
                self.assertIsNotNone(words, "was accepted")
                self.assertIn(comment(path, "Says"), words)

    def test_every_valid_object_and_example_is_accepted_and_kept_whole(self):
        for path in valid_objects():
            with self.subTest(path.name):
                written = json.loads(self.server.kubectl("apply", "--dry-run=client", "-o", "json", "-f", path).stdout)
                kept = json.loads(self.server.kubectl("apply", "--dry-run=server", "-o", "json", "-f", path).stdout)
                self.assertEqual(kept["spec"], overlaid(kept["spec"], written["spec"]))

    def test_defaults_are_filled_in(self):
        spec = self.apply(ROOT / "deploy" / "examples" / "minimal.yaml")["spec"]
        self.assertEqual(spec, {
            "version": "v1.36.3", "versionMatch": "Exact", "path": [], "paused": False,
            "executor": {"type": "External", "timeoutSeconds": 1800, "killOnTimeout": False,
                         "prePull": True},
            "drain": {"when": "Always", "timeoutSeconds": 3600, "onTimeout": "Fail", "unmanagedPods": "Evict",
                      "emptyDirPods": "Evict", "volumeDetachTimeoutSeconds": 300, "recoveryTimeoutSeconds": 600,
                      "excludeFromLoadBalancers": True, "preferUpgradedNodes": True},
            "preflight": {"ignore": []},
            "verify": {"timeoutSeconds": 600, "minReadySeconds": 10, "newBoot": False, "daemonSets": "Require",
                       "daemonSetNamespaces": []},
            "failurePolicy": {"maxAttempts": 2, "maxFailedNodes": 0},
            "tokenRefresh": {"mode": "Report", "namespaces": [], "excludeNamespaces": [],
                             "methods": {"deployments": "Evict", "statefulSets": "Evict", "daemonSets": "Evict",
                                         "replicaSets": "Evict", "replicationControllers": "Evict", "jobs": "Wait",
                                         "pods": "Skip", "others": "Evict"},
                             "maxConcurrent": 5, "minReadySeconds": 10, "timeoutSeconds": 600, "maxFailed": 0}})

    def test_defaults_of_pools_are_filled_in(self):
        pools = self.apply(ROOT / "deploy" / "examples" / "pools.yaml")["spec"]["pools"]
        self.assertEqual([(pool["name"], pool["maxUnavailable"], pool["unhealthyNodes"]) for pool in pools],
                         [("canary", 1, "Wait"), ("gpu", 1, "Ignore"), ("rest", "10%", "Wait")])

    def test_a_job_template_keeps_fields_that_the_schema_does_not_know(self):
        written = self.apply(ROOT / "deploy" / "examples" / "job.yaml")
        container = written["spec"]["executor"]["job"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["command"], ["chroot", "/host", "/bin/sh", "-euc"])

    def test_status_says_not_looked_at_from_creation_on(self):
        written = self.apply(ROOT / "deploy" / "examples" / "minimal.yaml")
        self.assertEqual(written["status"], {"observedGeneration": -1})

    def test_a_status_as_the_controller_writes_it_is_kept_whole(self):
        name = self.apply(ROOT / "deploy" / "examples" / "minimal.yaml")["metadata"]["name"]
        status = json.loads((HERE / "status.json").read_text())
        answer = self.client.patch("clusterupgrades", name, [{"op": "add", "path": "/status", "value": status}],
                                   subresource="status", kind="json")
        self.assertEqual(answer["status"], status)
        written = [path for path, _ in fields(schema_of(self.version)["properties"]["status"])]
        shown = {path for path, _ in self.paths(status)}
        self.assertEqual([path for path in written if path not in shown], [], "status.json leaves fields out")

    def paths(self, value, path=""):
        if isinstance(value, dict):
            for name, below in value.items():
                yield f"{path}.{name}", below
                yield from self.paths(below, f"{path}.{name}")
        for below in value if isinstance(value, list) else []:
            yield from self.paths(below, path + "[]")

    def test_the_table_shows_what_people_look_for(self):
        name = self.apply(ROOT / "deploy" / "examples" / "minimal.yaml")["metadata"]["name"]
        status = json.loads((HERE / "status.json").read_text())
        self.client.patch("clusterupgrades", name, {"status": status}, subresource="status")
        narrow = self.server.kubectl("get", "cupg").stdout.splitlines()
        wide = self.server.kubectl("get", "upgrades", "-o", "wide").stdout.splitlines()
        self.assertEqual(narrow[0].split(),
                         ["NAME", "VERSION", "READY", "PROGRESS", "SKIPPED", "NODE", "STEP", "REASON", "AGE"])
        self.assertEqual(narrow[1].split()[:7],
                         ["production", "v1.36.3", "False", "2/6", "0", "worker-1", "Draining"])
        self.assertIn("REASON", wide[0])
        self.assertIn("TOKENS", wide[0])
        self.assertIn("MESSAGE", wide[0])
        self.assertIn("BudgetAllowsNone", wide[1])
        self.assertEqual(wide[1][wide[0].index("TOKENS"):].split()[0], "Unknown")

    def test_a_misspelt_selector_is_refused_even_without_the_strictness_of_kubectl(self):
        body = {"apiVersion": "clusterupgrade.io/v1alpha1", "kind": "ClusterUpgrade", "metadata": {"name": "misspelt"},
                "spec": {"version": "v1.36.3", "executor": {"type": "External"},
                         "pools": [{"name": "workers", "nodeSelector": {"matchLabel": {"role": "worker"}}}]}}
        with self.assertRaises(ApiError) as refused:
            self.client.create("clusterupgrades", body)
        self.assertIn("an empty selector would select everything", refused.exception.message)

    def test_every_field_is_explained(self):
        silent = [path for path, field in fields(schema_of(self.version))
                  if path != ".metadata" and not field.get("description")]
        self.assertEqual(silent, [])

    def test_no_folded_line_breaks_a_label(self):
        """A line of YAML that ends in the middle of a label puts a space there: "node- role.kubernetes.io/…"."""
        broken = [path for path, field in fields(schema_of(self.version))
                  if re.search(r"\w[-/] \w", field.get("description", ""))]
        self.assertEqual(broken, [])

    def test_every_list_says_how_it_is_merged(self):
        silent = [path for path, field in fields(schema_of(self.version))
                  if field.get("type") == "array" and "x-kubernetes-list-type" not in field]
        self.assertEqual(silent, [])

    def test_rules_use_no_function_newer_than_the_oldest_api_server(self):
        for rule in rules(schema_of(self.version)):
            code = re.sub(r"'[^']*'", "''", rule["rule"])
            self.assertLessEqual(set(re.findall(r"(\w+)\(", code)), KNOWN_FUNCTIONS, rule["rule"])

    def test_every_rule_has_a_message(self):
        for rule in rules(schema_of(self.version)):
            self.assertTrue(rule.get("message"), rule["rule"])

    def test_the_crd_fits_into_the_annotation_of_kubectl_apply(self):
        applied = self.crd["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
        self.assertLess(len(applied), 262144 / 2)

    def test_the_documentation_shows_what_the_api_server_says(self):
        self.assertEqual(TABLE.read_text(), table(), f"run {HERE.relative_to(ROOT)}/test_admission.py --write")


def readable(words):
    """The message without what is the same in every one of them."""
    words = re.sub(r'^The ClusterUpgrade "[^"]*" is invalid: ', "", words)
    words = re.sub(r"^Error from server \(BadRequest\): error when creating [^:]*: ", "", words)
    lines = [re.sub(r"^\* ", "", line.strip()) for line in words.splitlines()]
    lines = [line for line in lines if line and "some validation rules were not checked" not in line]
    return "<br>".join(f"`{line}`" for line in lines).replace("|", "\\|")


def table():
    rows = "".join(f"| {comment(path, 'Shows')} | [{path.stem}](../test/manifests/invalid/{path.name}) "
                   f"| {readable(refusal(path))} |\n" for path in invalid_objects())
    return ("# What is refused, and in which words\n\n"
            "The API server refuses these ClusterUpgrades before anything acts on them. The words are those of "
            "kube-apiserver\n1.36, as `kubectl apply` prints them; a test holds this page to them "
            "(`test/manifests/test_admission.py --write`\nwrites it anew). What only the nodes can tell, as version "
            "skew, a downgrade or a release that is missing from the\npath, is not refused here: it is shown by the "
            "object's conditions.\n\n"
            "| Mistake | Object | Answer |\n|---|---|---|\n" + rows)


if __name__ == "__main__":
    if "--write" in sys.argv:
        TABLE.write_text(table())
    else:
        unittest.main(verbosity=2)
