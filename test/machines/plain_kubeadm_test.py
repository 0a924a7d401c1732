#!/usr/bin/env python3
"""The same change by kubeadm alone, as its documentation has it, and by the product, on clusters of one kind: how long
the API of a single control plane is away."""
import scenario

import programs
from api_client import wait_until

FROM, TO = "v1.35.4", "v1.36.3"


def by_hand(cluster, say):
    """kubeadm upgrade apply on the control plane, then its kubelet."""
    first = cluster.control_planes[0]
    built = programs.kubernetes(TO)

    def install(*names):
        for name in names:
            first.run("sh", "-c", f"cp {built / name} /usr/bin/.new && mv /usr/bin/.new /usr/bin/{name}")
    install("kubeadm")
    result = first.run("kubeadm", "upgrade", "apply", "--yes", TO, "--ignore-preflight-errors=all", check=False)
    (cluster.folder / "kubeadm-upgrade.log").write_text(result.stdout + result.stderr)
    if result.returncode:
        raise AssertionError(f"kubeadm upgrade apply failed:\n{result.stdout[-2000:]}{result.stderr[-1000:]}")
    say("kubeadm upgrade apply is done")
    install("kubelet", "kubectl")
    first.run("systemctl", "restart", "kubelet")
    cluster.client.wait_for("nodes", first.name,
                            lambda node: node["status"]["nodeInfo"]["kubeletVersion"] == TO, f"is at {TO}", timeout=120)


class PlainKubeadm(scenario.Case):
    @scenario.needs_machines
    def test_the_api_is_away_less_than_half_as_long_as_with_kubeadm_alone(self):
        with scenario.Run("plain", [FROM, TO], with_product=False) as run:
            by_hand(run.cluster, run.cluster.told)
            self.let_the_last_gap_pass(run)
            plain = run.witnesses.stop().servers[0]
            self.say(f"kubeadm alone:  {plain.report()}")
        with scenario.Run("product", [FROM, TO]) as run:
            run.apply()
            run.wait_ready()
            ours = run.witnesses.stop().servers[0]
            self.say(f"the product:    {ours.report()}")
        self.say(f"ratio: {ours.away:.1f} s / {plain.away:.1f} s = {ours.away / plain.away:.2f}")
        self.assertGreater(plain.away, 0)
        self.assertLess(ours.away, plain.away / 2)

    def let_the_last_gap_pass(self, run):
        """The new kubelet replaces the static pods once more: waits until all of them are of after its start, and the
        API has answered since."""
        first = run.cluster.control_planes[0]
        since = first.output("systemctl", "show", "kubelet", "--property", "ActiveEnterTimestamp", "--value")
        started = first.output("date", "--utc", "--date", since, "+%Y-%m-%dT%H:%M:%SZ")

        def replaced():
            pods = run.cluster.client.list("pods", "kube-system", labels="tier=control-plane")
            starts = [status.get("state", {}).get("running", {}).get("startedAt", "")
                      for pod in pods for status in pod["status"].get("containerStatuses", [])]
            return len(starts) == 4 and min(starts) >= started
        wait_until(replaced, what="the static pods were started anew by the new kubelet", timeout=180)


if __name__ == "__main__":
    scenario.main()
