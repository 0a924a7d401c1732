"""What the token tests stand on: API servers that change keys and issuer, and the token kubelet."""
import base64
import unittest

import workloads
from api_client import wait_until
from harness import Cluster
from kube_apiserver import ISSUER, TokenKeys
from token_kubelet import LIFE, TokenKubelet, claims, header, holds_token

SOFT = TokenKeys(verifying=("sa", "next"), signer="next")
HARD = TokenKeys(verifying=("next",), signer="next")
OTHER_ISSUER = "https://issuer.example.com"


class Tokens(unittest.TestCase):
    """One control plane, which begins each test with the keys that it was born with."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("tokens-fixture", control_planes=0, workers=1))
        cls.client, cls.plane = cls.cluster.client, cls.cluster.plane
        cls.cluster.add_workloads(workloads.pod("alone"))
        cls.kubelet = TokenKubelet(cls.plane.client("token-kubelet"))

    def setUp(self):
        if self.plane.api.tokens != TokenKeys():
            self.plane.restart_api(kill=True, tokens=TokenKeys())

    def token(self, **options):
        """The token of the pod, signed by now."""
        pod = self.client.get("pods", "alone", "default")
        return self.kubelet.keep(pod, self.cluster.folder / "alone.token", **options)

    def key_id(self, name):
        return self.plane.authority.key_id(name)

    def test_the_kid_by_openssl_is_the_tokens_and_the_key_sets(self):
        token = self.token()
        self.assertEqual(header(token.text)["kid"], self.key_id("sa"))
        self.assertEqual(token.path.read_text(), token.text)
        self.assertEqual(self.plane.api.key_set(), [self.key_id("sa")])
        said = claims(token.text)
        self.assertEqual(said["iss"], ISSUER)
        self.assertEqual(said["exp"] - said["iat"], LIFE)
        self.assertEqual(said["kubernetes.io"]["pod"]["name"], "alone")

    def test_admission_gives_each_pod_a_token_that_is_known_by_its_volume(self):
        self.assertTrue(holds_token(self.client.get("pods", "alone", "default")))
        bare = workloads.pod("bare")
        bare["spec"]["automountServiceAccountToken"] = False
        self.cluster.add_workloads(bare)
        self.assertFalse(holds_token(self.client.get("pods", "bare", "default")))

    def test_a_soft_change_leaves_old_tokens_good_and_a_hard_one_ends_them(self):
        token = self.token()
        old = token.text
        self.plane.restart_api(kill=True, tokens=SOFT)
        self.assertEqual(self.plane.api.key_set(), [self.key_id("sa"), self.key_id("next")])
        self.assertTrue(self.plane.api.accepts(old))
        self.assertEqual(header(token.renew())["kid"], self.key_id("next"))

        self.plane.restart_api(kill=True, tokens=HARD)
        self.assertFalse(self.plane.api.accepts(old))
        self.assertTrue(self.plane.api.accepts(token.text))

    def test_a_replaced_issuer_ends_old_tokens_and_does_not_show_in_the_key_set(self):
        token = self.token()
        old, keys = token.text, self.plane.api.key_set()
        self.plane.restart_api(kill=True, tokens=TokenKeys(issuers=(OTHER_ISSUER, ISSUER)))
        self.assertTrue(self.plane.api.accepts(old))
        self.assertEqual(claims(token.renew())["iss"], OTHER_ISSUER)

        self.plane.restart_api(kill=True, tokens=TokenKeys(issuers=(OTHER_ISSUER,)))
        self.assertFalse(self.plane.api.accepts(old))
        self.assertTrue(self.plane.api.accepts(token.text))
        self.assertEqual(self.plane.api.key_set(), keys)

    def test_each_of_two_api_servers_has_its_keys_and_an_identity_of_its_own(self):
        first = self.plane.api
        second = self.plane.add_api_server("second", SOFT)
        token = self.token()
        self.assertEqual(token.key_id, self.key_id("sa"))
        self.assertTrue(second.accepts(token.text))
        token.renew(second.client("token-kubelet"))
        self.assertEqual(token.key_id, self.key_id("next"))
        self.assertFalse(first.accepts(token.text))
        # each start makes the Lease anew, and no other's
        before = [wait_until(api.identity, what=f"the Lease of {api.name}")["metadata"]["uid"]
                  for api in (first, second)]
        second.restart(kill=True, tokens=HARD)
        wait_until(second.identity, lambda lease: lease and lease["metadata"]["uid"] != before[1], "a new Lease")
        self.assertEqual(first.identity()["metadata"]["uid"], before[0])
        self.assertFalse(second.accepts(self.token().text))
        second.stop(kill=True)

    def test_the_kubelet_renews_a_token_by_itself_before_it_ends(self):
        quick = TokenKubelet(self.plane.client("token-kubelet"), share=0.002).start()
        self.addCleanup(quick.stop)
        token = quick.keep(self.client.get("pods", "alone", "default"), self.cluster.folder / "quick.token", 600)
        first = claims(token.text)["iat"]
        wait_until(lambda: claims(token.path.read_text())["iat"], lambda iat: iat > first, "a newer token", timeout=10)


class ControllerManager(unittest.TestCase):
    """What kube-controller-manager signs and publishes is its own affair."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(Cluster("tokens-kcm", control_planes=0, workers=0))
        cls.client, cls.plane = cls.cluster.client, cls.cluster.plane

    def legacy_token(self, name):
        """The token of a new Secret of the default ServiceAccount."""
        body = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
                "metadata": {"name": name, "annotations": {"kubernetes.io/service-account.name": "default"}}}
        self.client.create("secrets", body, "default")
        secret = self.client.wait_for("secrets", name, lambda item: item.get("data", {}).get("token"), "signed",
                                      "default")
        return base64.b64decode(secret["data"]["token"]).decode()

    def test_legacy_tokens_are_signed_by_its_key_whatever_the_api_server_signs_with(self):
        self.plane.restart_api(kill=True, tokens=SOFT)
        self.assertEqual(header(self.legacy_token("before"))["kid"], self.plane.authority.key_id("sa"))
        self.plane.restart_controller_manager(key="next")
        self.assertEqual(header(self.legacy_token("after"))["kid"], self.plane.authority.key_id("next"))

    def test_a_changed_root_ca_is_published_to_every_namespace(self):
        bundle = self.plane.authority.bundle("ca", "next-ca")
        self.plane.restart_controller_manager(root_ca=bundle)
        for namespace in ("default", "kube-system"):
            self.client.wait_for("configmaps", "kube-root-ca.crt",
                                 lambda item: item["data"]["ca.crt"].strip() == bundle.read_text().strip(),
                                 "holds both", namespace)


class Replica(unittest.TestCase):
    def test_a_replica_works_with_the_token_of_its_pod_and_reads_a_renewed_one(self):
        with Cluster("tokens-replica", control_planes=0, workers=1) as cluster:
            token = cluster.add_controller_pod()
            controller = cluster.start_controller()
            wait_until(controller.leads, what="it leads")
            cluster.plane.restart_api(kill=True, tokens=HARD)
            wait_until(lambda: not controller.leads(), what="it leads no more")
            self.assertEqual(controller.fetch(controller.health_port, "/healthz").strip(), "ok")
            token.renew()
            wait_until(controller.leads, what="it leads again", timeout=5)
            self.assertNotIn(token.text.rpartition(".")[2], controller.log.read_text())


if __name__ == "__main__":
    unittest.main()
