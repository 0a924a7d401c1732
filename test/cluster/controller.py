"""The controller's own process in a test: one replica with its flags, ports and log."""
import os
import pathlib
import re
import urllib.request

from api_client import wait_until
from process import Process, free_ports

NAMESPACE = "cluster-upgrade-system"
JOB_NAMESPACE = "cluster-upgrade-jobs"
SERVICE_ACCOUNT = "cluster-upgrade-controller"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The program under test: $CU_CONTROLLER, else build/bin."""
    return pathlib.Path(os.environ.get("CU_CONTROLLER", ROOT / "build/bin/cluster-upgrade-controller"))


class Controller(Process):
    """One replica, named `name`; it runs as the user of `kubeconfig`."""

    def __init__(self, name, kubeconfig, folder, flags=(), detached=False):
        self.metrics_port, self.health_port = free_ports(2)
        command = [binary(), "--kubeconfig", kubeconfig, "--namespace", NAMESPACE, "--job-namespace", JOB_NAMESPACE,
                   "--metrics-bind-address", f"127.0.0.1:{self.metrics_port}",
                   "--health-probe-bind-address", f"127.0.0.1:{self.health_port}",
                   "--log-format", "text", "--pod-name", name, *flags]
        super().__init__(name, command, pathlib.Path(folder) / f"{name}.log", detached=detached)

    def fetch(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.read().decode()

    def wait_alive(self, timeout=20):
        """Waits for /healthz; raises at once when the process ends."""
        def look():
            self.must_run()
            return bool(self.fetch(self.health_port, "/healthz") or "ok")
        wait_until(look, what=f"{self.name} answers /healthz", timeout=timeout)
        return self

    def metrics(self):
        """{series as printed, such as clusterupgrade_nodes{pool="workers",…}: value}"""
        lines = self.fetch(self.metrics_port, "/metrics").splitlines()
        pairs = [re.match(r"(\S+\{.*\}|\S+) (\S+)", line) for line in lines if line and not line.startswith("#")]
        return {match[1]: float(match[2]) for match in pairs if match}

    def metric(self, name, **labels):
        """The sum of the series of `name` that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for series, value in self.metrics().items()
                   if series.split("{")[0] == name and all(text in series for text in wanted))

    def leads(self):
        return self.metric("leader_election_master_status") == 1
