"""A change is told as done only when every API server and every namespace has it."""
import unittest

import audit
import workloads
from tokens_case import SETTLED, SOFT, Case, refresh_of, told

PUBLISHED = 150  # seconds: kubelets have a minute for new authorities, and then all pods are looked at


class TwoServers(Case):
    def test_tokens_that_the_second_server_signed_meanwhile_are_old(self):
        self.start_unchanged("tokens-servers", workloads.deployment("before", 1))
        other = self.plane.add_api_server("other-host")
        self.restart_api(SOFT)
        self.renew_token()
        self.wait_change()
        self.cluster.wait_upgrade(lambda item: told(item).startswith("Settling") and "2 API servers" in told(item),
                                  "the second server is waited for")

        # such a pod may have been given its token by either of them
        self.cluster.add_workloads(workloads.deployment("between", 1))
        self.in_a_later_second(max(pod["metadata"]["creationTimestamp"] for pod in self.pods().values()))
        self.restart_api(SOFT, other)
        self.in_a_later_second(other.identity()["metadata"]["creationTimestamp"])
        self.cluster.add_workloads(workloads.deployment("after", 1))
        self.renew_token()

        item = self.cluster.wait_condition("TokensFresh", "False", "Stale", timeout=SETTLED)
        print("stale:", told(item))
        refresh = refresh_of(item)
        self.assertEqual(refresh["change"]["settledBy"], "AllServersStarted")
        self.assertEqual(audit.seconds(refresh["change"]["since"]),
                         audit.seconds(other.identity()["metadata"]["creationTimestamp"]))
        self.assertEqual([line.split(" ")[0] for line in refresh["laggards"]], ["default/before", "default/between"])
        self.assertEqual(refresh["pods"]["current"], 1)


class Authorities(Case):
    def test_a_new_authority_is_told_with_who_trusts_the_old_one_alone(self):
        self.start_unchanged("tokens-authority", workloads.deployment("web", 2))
        known = self.wait_refresh(lambda found: "authorities" in found["keys"], "the baseline")["keys"]["authorities"]
        self.plane.restart_controller_manager(root_ca=self.plane.authority.bundle("ca", "next-ca"))
        refresh = self.wait_change()
        self.assertEqual(refresh["change"]["reasons"], ["CertificateAuthority"])
        self.assertEqual(len(refresh["keys"]["authorities"]), 2)
        self.assertLess(set(known), set(refresh["keys"]["authorities"]))
        item = self.cluster.wait_condition("TokensFresh", "False", "Stale", timeout=PUBLISHED)
        print("stale:", told(item))
        refresh = refresh_of(item)
        self.assertEqual(refresh["pods"]["stale"], 2)
        self.assertIn("authoritySince", refresh["change"])
        self.assertNotIn("since", refresh["change"])

        # the old one goes: that is no change
        done = refresh["change"]
        self.plane.restart_controller_manager(root_ca=self.plane.authority.new_ca("next-ca"))
        refresh = self.wait_refresh(lambda found: len(found["keys"]["authorities"]) == 1, "the old one is gone")
        self.assertEqual(refresh["change"]["seenTime"], done["seenTime"])


if __name__ == "__main__":
    unittest.main()
