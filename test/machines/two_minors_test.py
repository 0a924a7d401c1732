#!/usr/bin/env python3
"""Two minor versions up by one object: spec.path names the release in between."""
import collections

import observers
import scenario

PATH = ["v1.34.4", "v1.35.4", "v1.36.3"]
# The control plane goes through every minor; a kubelet may be two older, so workers are drained once.
HOPS = [("v1.35.4", True, False), ("v1.36.3", True, True)]


class TwoMinors(scenario.Case):
    @scenario.needs_machines
    def test_one_object_goes_over_the_minor_in_between(self):
        with scenario.Run("two-minors", PATH) as run:
            touch = observers.FirstTouch(run.cluster.client)
            touch.start()
            run.apply()
            run.wait_ready(timeout=1500)
            self.assert_nothing_failed(run)
            self.assert_at(run, PATH[-1])
            self.assert_told_before(run.witnesses.steps.first_hops, touch)
            begun = collections.Counter(change[1] for change in run.witnesses.steps.changes if change[2] == "Upgrading")
            for name in run.cluster.machines:
                self.assertEqual(begun[name], 2 if name.startswith("cp-") else 1, begun)

    def assert_told_before(self, first_hops, touch):
        """status.hops said who goes through which version, in an older revision than that of the first cordon."""
        version, hops = first_hops
        self.say(f"status.hops at revision {version}: {hops}; first cordon, of {touch.node}, at {touch.version}")
        self.assertEqual([(hop["version"], hop.get("controlPlane", False), hop.get("workers", False)) for hop in hops],
                         HOPS)
        self.assertLess(version, touch.version)


if __name__ == "__main__":
    scenario.main()
