#!/usr/bin/env python3
"""One control plane and two workers, one minor version up."""
import scenario

FROM, TO = "v1.35.4", "v1.36.3"


class OneMinor(scenario.Case):
    @scenario.needs_machines
    def test_every_component_reaches_the_target_and_no_request_fails(self):
        with scenario.Run("one-minor", [FROM, TO]) as run:
            run.apply()
            run.wait_ready()
            self.assert_nothing_failed(run)
            self.assert_at(run, TO)
            server = run.witnesses.servers[0]
            self.assertLess(server.away, 60, "plain kubeadm's is about 120 s")


if __name__ == "__main__":
    scenario.main()
