#!/usr/bin/env python3
"""Two minor versions up by one object: spec.path names the release in between."""
import collections

import scenario

PATH = ["v1.34.4", "v1.35.4", "v1.36.3"]


class TwoMinors(scenario.Case):
    @scenario.needs_machines
    def test_one_object_goes_over_the_minor_in_between(self):
        with scenario.Run("two-minors", PATH) as run:
            run.apply()
            run.wait_ready(timeout=1500)
            self.assert_nothing_failed(run)
            self.assert_at(run, PATH[-1])
            # The control plane goes through every minor; a kubelet may be two older, so workers are drained once.
            begun = collections.Counter(change[1] for change in run.witnesses.steps.changes if change[2] == "Upgrading")
            for name in run.cluster.machines:
                self.assertEqual(begun[name], 2 if name.startswith("cp-") else 1, begun)


if __name__ == "__main__":
    scenario.main()
