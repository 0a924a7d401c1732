#!/usr/bin/env python3
"""deploy/ on a real kube-apiserver: what the controller's ServiceAccount may do there, and that its pod is admitted."""
import json
import re
import unittest

import api_server
from api_client import ApiError, Client
from api_server import ROOT

SYSTEM, JOBS = "cluster-upgrade-system", "cluster-upgrade-jobs"
USER = f"system:serviceaccount:{SYSTEM}:cluster-upgrade-controller"
READ = ["get", "list", "watch"]

# (verbs, group, resource[/subresource], namespace or None for all, name or None)
NEEDED = [
    (READ + ["patch"], "clusterupgrade.io", "clusterupgrades", None, None),
    (["patch"], "clusterupgrade.io", "clusterupgrades/status", None, None),
    (READ + ["patch"], "", "nodes", None, None),
    (READ, "", "pods", None, None),
    (["create"], "", "pods/eviction", None, None),
    (["get", "list", "watch"], "", "persistentvolumes", None, None),
    (READ, "policy", "poddisruptionbudgets", None, None),
    (READ, "apps", "daemonsets", None, None),
    (READ, "apps", "deployments", None, None),
    (READ, "apps", "replicasets", None, None),
    (READ, "apps", "statefulsets", None, None),
    (READ, "", "replicationcontrollers", None, None),
    (READ, "storage.k8s.io", "volumeattachments", None, None),
    (["list", "watch"], "admissionregistration.k8s.io", "validatingwebhookconfigurations", None, None),
    (["list", "watch"], "admissionregistration.k8s.io", "mutatingwebhookconfigurations", None, None),
    (["list", "watch"], "discovery.k8s.io", "endpointslices", None, None),
    (READ + ["create", "patch", "delete"], "batch", "jobs", JOBS, None),
    (["create"], "", "pods", JOBS, None),
    (READ + ["update"], "coordination.k8s.io", "leases", SYSTEM, "cluster-upgrade-controller"),
    (["create"], "coordination.k8s.io", "leases", SYSTEM, None),
    (READ, "coordination.k8s.io", "leases", "kube-node-lease", None),
    (READ, "coordination.k8s.io", "leases", "kube-system", None),
    (READ, "", "configmaps", None, "kube-root-ca.crt"),
    (["create"], "events.k8s.io", "events", SYSTEM, None),
    (["create"], "events.k8s.io", "events", "default", None),
]
FORBIDDEN = [
    (["create", "update", "delete", "deletecollection"], "", "nodes", None, None),
    (["patch", "update"], "", "nodes/status", None, None),
    (["create", "update", "patch", "delete", "deletecollection"], "", "pods", None, None),
    (["create"], "", "pods", SYSTEM, None),
    (["update", "patch", "delete", "deletecollection"], "", "pods", JOBS, None),
    (["create"], "", "pods/exec", None, None),
    (["create"], "", "pods/exec", JOBS, None),
    (["create", "get"], "", "podtemplates", None, None),
    (READ + ["create", "update", "patch", "delete"], "", "secrets", None, None),
    (READ, "", "secrets", SYSTEM, None),
    (READ, "", "configmaps", None, None),
    (READ, "", "configmaps", "kube-system", None),
    (READ, "", "configmaps", "kube-system", "kubeadm-config"),
    (["create", "update", "patch", "delete"], "", "configmaps", None, "kube-root-ca.crt"),
    (READ, "coordination.k8s.io", "leases", None, None),
    (READ, "coordination.k8s.io", "leases", "default", None),
    (["create", "update", "patch", "delete"], "coordination.k8s.io", "leases", "kube-system", None),
    (["create", "update", "patch", "delete"], "apps", "deployments", None, None),
    (["create", "update", "patch", "delete"], "apps", "replicasets", None, None),
    (["create", "update", "patch", "delete"], "apps", "statefulsets", None, None),
    (["create", "update", "patch", "delete"], "apps", "daemonsets", None, None),
    (["create", "update", "patch", "delete"], "", "replicationcontrollers", None, None),
    (READ, "batch", "cronjobs", None, None),
    (["create"], "", "serviceaccounts/token", SYSTEM, None),
    (["create", "update", "patch", "delete"], "apiextensions.k8s.io", "customresourcedefinitions", None, None),
    (["create", "update", "delete"], "clusterupgrade.io", "clusterupgrades", None, None),
    (["update"], "clusterupgrade.io", "clusterupgrades/status", None, None),
    (READ, "storage.k8s.io", "csinodes", None, None),
    (["patch", "delete"], "coordination.k8s.io", "leases", SYSTEM, "cluster-upgrade-controller"),
    (["patch", "update", "delete"], "events.k8s.io", "events", "default", None),
    (["create"], "batch", "jobs", None, None),
    (["create", "delete"], "batch", "jobs", "default", None),
    (["update", "patch", "delete"], "coordination.k8s.io", "leases", SYSTEM, "another"),
    (["update", "patch", "delete"], "coordination.k8s.io", "leases", "kube-node-lease", "worker-1"),
    (["patch", "update", "delete"], "policy", "poddisruptionbudgets", None, None),
    (["create", "patch"], "events.k8s.io", "events", "team-a", None),
    (["create", "update", "patch", "escalate", "bind"], "rbac.authorization.k8s.io", "clusterroles", None, None),
    (["impersonate"], "", "users", None, None),
]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = api_server.shared()
        cls.client = cls.server.client()
        cls.server.kubectl("create", "namespace", "kube-node-lease", check=False)
        cls.server.kubectl("apply", "-k", ROOT / "deploy")

    def may(self, user, verb, group, resource, namespace, name):
        resource, _, subresource = resource.partition("/")
        wanted = {"verb": verb, "group": group, "resource": resource, "subresource": subresource,
                  "namespace": namespace or "", "name": name or ""}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": user, "resourceAttributes": wanted}}
        return self.client.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                                   body)["status"]["allowed"]

    def check(self, rows, expected):
        for verbs, *what in rows:
            for verb in verbs:
                with self.subTest(f"{verb} {' '.join(map(str, what))}"):
                    self.assertEqual(self.may(USER, verb, *what), expected)

    def versions(self):
        listed = json.loads(self.server.kubectl("get", "-k", ROOT / "deploy", "-o", "json").stdout)["items"]
        return {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in listed}

    def test_applying_it_again_changes_nothing(self):
        before = self.versions()
        self.server.kubectl("apply", "-k", ROOT / "deploy")
        self.assertEqual(self.versions(), before)

    def test_the_controller_may_do_what_it_needs(self):
        self.check(NEEDED, True)

    def test_the_controller_may_do_nothing_else(self):
        self.check(FORBIDDEN, False)

    def account_client(self):
        """A client as the controller's ServiceAccount, with a token as in its pod."""
        kubeconfig = self.server.service_account_kubeconfig(SYSTEM, "cluster-upgrade-controller", seconds=900)
        client = Client.from_kubeconfig(kubeconfig)
        client.headers["Accept"] = "application/json, */*;q=0.1"  # as the controller's
        self.addCleanup(client.close)
        return client

    def code(self, request, *args, **kwargs):
        """Of the refusal."""
        with self.assertRaises(ApiError) as refused:
            request(*args, **kwargs)
        return refused.exception.code

    def test_of_all_config_maps_the_controller_sees_the_authorities_alone(self):
        account, name = self.account_client(), "kube-root-ca.crt"
        only = f"metadata.name={name}"
        for namespace in (SYSTEM, "default"):
            for each in (name, "settings"):
                self.server.kubectl("create", "configmap", each, "--namespace", namespace, "--from-literal=ca.crt=x")
                self.addCleanup(self.client.delete, "configmaps", each, namespace)
        listed = account.list_raw("configmaps", fields=only)
        self.assertEqual({(each["metadata"]["namespace"], each["metadata"]["name"]) for each in listed["items"]},
                         {(SYSTEM, name), ("default", name)})
        self.assertEqual([each["metadata"]["name"] for each in account.list("configmaps", SYSTEM, fields=only)], [name])
        watch = account.watch("configmaps", fields=only, version=listed["metadata"]["resourceVersion"], timeout=5)
        self.client.patch("configmaps", "settings", {"data": {"a": "b"}}, "default")
        self.client.patch("configmaps", name, {"data": {"ca.crt": "y"}}, "default")
        first = next((kind, each["metadata"]["name"]) for kind, each in watch if kind != "BOOKMARK")
        watch.close()
        self.assertEqual(first, ("MODIFIED", name))
        for fields in (None, "metadata.name=settings", "metadata.name!=kube-root-ca.crt"):
            with self.subTest(fields):
                self.assertEqual(self.code(account.list, "configmaps", fields=fields), 403)
                self.assertEqual(self.code(account.list, "configmaps", "default", fields=fields), 403)
        self.assertEqual(self.code(account.get, "configmaps", "settings", "default"), 403)
        self.assertEqual(self.code(account.patch, "configmaps", name, {"data": {"ca.crt": "z"}}, "default"), 403)

    def test_every_service_account_may_read_which_keys_are_accepted(self):
        keys = self.account_client().request("GET", "/openid/v1/jwks")["keys"]
        self.assertEqual(len(keys), 1)
        self.assertTrue(keys[0]["kid"])

    def test_the_optional_roles_grant_what_they_say_and_can_be_taken_back(self):
        grants = {"delete-pods": [("delete", "", "pods")],
                  "recreate-pods": [("create", "", "pods"), ("create", "", "podtemplates")],
                  "refresh-workloads": [("patch", "apps", "deployments"), ("patch", "apps", "daemonsets")]}
        for name, rights in grants.items():
            path = ROOT / "deploy" / "optional" / f"{name}.yaml"
            for verb, expected in (("apply", True), ("delete", False)):
                self.server.kubectl(verb, "-f", path)
                for right in rights:
                    with self.subTest(f"{verb} {name}: {right}"):
                        self.assert_soon(expected, lambda r=right: self.may(USER, *r, "team-a", None))

    def assert_soon(self, expected, look):
        """The authorizer learns of a role by its own watch."""
        api_server.wait_until(look, lambda seen: seen == expected, what=f"the answer is {expected}", timeout=10)

    def test_no_rule_has_a_wildcard(self):
        for path in sorted((ROOT / "deploy").glob("**/*.yaml")):
            for line in path.read_text().splitlines():
                if re.match(r"\s*-?\s*(apiGroups|resources|verbs|nonResourceURLs):", line):
                    self.assertNotIn("*", line, path)

    def test_only_the_right_to_view_is_added_to_the_roles_of_users(self):
        added = [role["metadata"] for role in self.client.list("clusterroles")
                 if any("clusterupgrade.io" in rule.get("apiGroups", []) for rule in role.get("rules") or [])]
        labels = {label for each in added for label in each["labels"] if "aggregate-to" in label}
        self.assertEqual(labels, {"rbac.authorization.k8s.io/aggregate-to-view"})

    def pod(self, **changes):
        template = self.client.get("deployments", "cluster-upgrade-controller", SYSTEM)["spec"]["template"]
        spec = dict(template["spec"], **changes)
        spec.pop("priorityClassName", None)  # resolved by an admission plugin from objects that may not be there yet
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"}, "spec": spec}

    def admit(self, pod, namespace=SYSTEM):
        return self.client.request("POST", f"/api/v1/namespaces/{namespace}/pods", pod, {"dryRun": "All"})

    def test_the_controllers_pod_is_admitted_under_pod_security_restricted(self):
        self.admit(self.pod())

    def test_the_pod_has_one_token_which_lives_for_15_minutes(self):
        made = self.admit(self.pod())["spec"]
        tokens = [source["serviceAccountToken"] for volume in made["volumes"]
                  for source in volume.get("projected", {}).get("sources", []) if "serviceAccountToken" in source]
        self.assertEqual(tokens, [{"path": "token", "expirationSeconds": 900}])
        mounts = {each["mountPath"]: each["name"] for each in made["containers"][0]["volumeMounts"]}
        volumes = {each["name"]: each for each in made["volumes"]}
        mounted = volumes[mounts["/var/run/secrets/kubernetes.io/serviceaccount"]]["projected"]
        files = [item["path"] for source in mounted["sources"] for each in source.values()
                 for item in each.get("items", [each])]
        self.assertEqual(files, ["token", "ca.crt", "namespace"])
        # Files of another user than root: the kubelet gives him the token, and everybody the rest.
        self.assertEqual(mounted["defaultMode"], 0o644)
        self.assertEqual(made["securityContext"]["runAsUser"], 65532)

    def test_a_pod_with_the_hosts_namespaces_is_admitted_only_in_the_namespace_for_jobs(self):
        self.server.kubectl("create", "serviceaccount", "cluster-upgrade-controller", "--namespace", JOBS, check=False)
        self.admit(self.pod(hostPID=True), JOBS)
        with self.assertRaises(ApiError) as refused:
            self.admit(self.pod(hostPID=True))
        self.assertIn('violates PodSecurity "restricted', refused.exception.message)

    def test_the_job_template_of_the_example_makes_a_valid_job(self):
        shown = self.server.kubectl("apply", "--dry-run=client", "-o", "json", "-f",
                                    ROOT / "deploy" / "examples" / "job.yaml").stdout
        template = json.loads(shown)["spec"]["executor"]["job"]["template"]
        template["spec"]["restartPolicy"] = "Never"  # as the controller sets it
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "probe"}, "spec": {"template": template}}
        self.client.request("POST", f"/apis/batch/v1/namespaces/{JOBS}/jobs", job, {"dryRun": "All"})

    def test_the_pod_tolerates_the_control_plane_and_never_a_cordon(self):
        keys = [toleration["key"] for toleration in self.pod()["spec"]["tolerations"]]
        self.assertEqual(keys, ["node-role.kubernetes.io/control-plane"])


def job(**changes):
    """A Job as the controller makes it; `changes` to the spec of its pod."""
    labels = {f"clusterupgrade.io/{key}": "x" for key in ("upgrade", "node", "version", "stage", "attempt")}
    pod = {"nodeName": "worker-1", "restartPolicy": "Never", "automountServiceAccountToken": False, "hostPID": True,
           "containers": [{"name": "a", "image": "b", "securityContext": {"privileged": True}}], **changes}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "policy", "labels": labels},
            "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": labels}, "spec": pod}}}


class Policies(unittest.TestCase):
    """deploy/admission.yaml: what the controller's token is good for, beside what RBAC says."""
    NODE = {"metadata": {"labels": {"role": "a"}, "annotations": {"note": "a"}},
            "spec": {"providerID": "here", "taints": [{"key": "dedicated", "value": "a", "effect": "NoSchedule"}]}}

    @classmethod
    def setUpClass(cls):
        cls.server = api_server.shared()
        cls.server.kubectl("create", "namespace", "kube-node-lease", check=False)
        cls.server.kubectl("apply", "-k", ROOT / "deploy")
        cls.server.client().request("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", **cls.NODE,
                                                              "metadata": {"name": "held", **cls.NODE["metadata"]}})
        # The API server has given it a taint of its own.
        cls.taints = cls.server.client().get("nodes", "held")["spec"]["taints"]
        # Policies take effect by a watch of the API server's.
        api_server.wait_until(lambda: cls.patch({"metadata": {"labels": {"role": "b"}}})[0], lambda done: not done,
                              what="the policies are in force", timeout=30)

    @classmethod
    def patch(cls, body):
        result = cls.server.kubectl("patch", "node", "held", f"--as={USER}", "--dry-run=server", "--type=merge",
                                    f"--patch={json.dumps(body)}", check=False)
        return result.returncode == 0, result.stdout + result.stderr

    def create(self, body):
        result = self.server.kubectl("create", f"--as={USER}", "--dry-run=server", f"--namespace={JOBS}", "-f", "-",
                                     stdin=json.dumps(body), check=False)
        return result.returncode == 0, result.stdout + result.stderr

    def test_what_the_controller_does_with_a_node_is_allowed(self):
        for body in (
                {"spec": {"unschedulable": True}},
                {"metadata": {"annotations": {"clusterupgrade.io/cordoned-by": "a/b", "karpenter.sh/do-not-disrupt": "true",
                                              "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true"}}},
                {"metadata": {"labels": {"node.kubernetes.io/exclude-from-external-load-balancers": ""}}},
                {"spec": {"taints": [*self.taints, {"key": "clusterupgrade.io/outdated", "effect": "PreferNoSchedule"}]}}):
            with self.subTest(body):
                done, words = self.patch(body)
                self.assertTrue(done, words)

    def test_nothing_else_of_a_node_can_be_changed(self):
        for body, words in (
                ({"metadata": {"labels": {"role": "b"}}}, "labels"),
                ({"metadata": {"labels": {"role": None}}}, "labels"),
                ({"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}, "labels"),
                ({"metadata": {"annotations": {"note": "b"}}}, "annotations"),
                ({"metadata": {"annotations": {"csi.volume.kubernetes.io/nodeid": "{}"}}}, "annotations"),
                ({"metadata": {"finalizers": ["example.com/a"]}}, "finalizers"),
                ({"spec": {"taints": []}}, "taints"),
                ({"spec": {"taints": [*self.taints, {"key": "a", "effect": "NoExecute"}]}}, "taints"),
                ({"spec": {"taints": [*self.taints, {"key": "clusterupgrade.io/outdated", "effect": "NoExecute"}]}}, "taints")):
            with self.subTest(body):
                done, said = self.patch(body)
                self.assertFalse(done)
                self.assertIn(f"changes no node's {words}", said)
        done, said = self.patch({"spec": {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}})
        self.assertFalse(done)
        self.assertIn("changes nothing of a node's spec", said)

    def test_somebody_else_is_not_concerned(self):
        result = self.server.kubectl("patch", "node", "held", "--dry-run=server", "--type=merge",
                                     '--patch={"metadata": {"labels": {"role": "b"}}}', check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_job_has_the_shape_of_ours(self):
        done, words = self.create(job())
        self.assertTrue(done, words)
        two = job()
        two["spec"]["parallelism"] = 2
        nameless = job()
        del nameless["metadata"]["labels"]["clusterupgrade.io/node"]
        for body, words in ((job(nodeName=None), "bound to one node"), (job(automountServiceAccountToken=True), "no token"),
                            (job(restartPolicy="OnFailure"), "one pod, once"), (two, "one pod, once"),
                            (nameless, "names its upgrade")):
            with self.subTest(words):
                done, said = self.create(body)
                self.assertFalse(done)
                self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
