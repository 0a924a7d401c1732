#!/usr/bin/env python3
"""Two minor versions up by one object: spec.path names the release in between."""
import unittest

import scenario

PATH = ["v1.34.4", "v1.35.4", "v1.36.3"]


class TwoMinors(scenario.Case):
    @scenario.needs_machines
    def test_one_object_goes_over_the_minor_in_between(self):
        with scenario.Run("two-minors", PATH) as run:
            try:
                run.apply()
            except RuntimeError as error:
                if "unknown field" in str(error):
                    raise unittest.SkipTest("not run: this tree's ClusterUpgrade has no spec.path") from error
                raise
            run.wait_ready(timeout=1500)
            self.assert_nothing_failed(run)
            self.assert_at(run, PATH[-1])
            between = [change for change in run.witnesses.steps.changes if change[2] == "Upgrading"]
            self.assertGreaterEqual(len(between), 2 * len(run.cluster.machines), "each node was upgraded twice")


if __name__ == "__main__":
    scenario.main()
