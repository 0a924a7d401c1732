#!/usr/bin/env python3
"""Three control planes behind a balancer: a client that asks another server when one is away misses nothing."""
import scenario

FROM, TO = "v1.35.4", "v1.36.3"


class ThreeControlPlanes(scenario.Case):
    @scenario.needs_machines
    def test_a_client_that_asks_another_server_misses_nothing(self):
        with scenario.Run("three-cps", [FROM, TO], control_planes=3) as run:
            run.apply()
            run.wait_ready(timeout=1800)
            self.assert_nothing_failed(run)
            self.assert_at(run, TO)
            client = run.witnesses.retrying[0]
            self.assertGreater(client.sent, 100)
            self.assertEqual(client.failed, 0, client.report())


if __name__ == "__main__":
    scenario.main()
