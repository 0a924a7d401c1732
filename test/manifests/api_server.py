"""An API server with the CRD, and nothing behind it: enough for everything that is decided at admission."""
import atexit
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "cluster"))
from api_client import wait_until  # noqa: E402 (the path above comes first)
from control_plane import ControlPlane  # noqa: E402

CRD = "clusterupgrades.clusterupgrade.io"


class ApiServer(ControlPlane):
    """etcd and kube-apiserver with crds/ applied."""

    def start(self):
        self.spawn("etcd", self.etcd_command())
        self.start_api()
        self.kubectl("apply", "-f", ROOT / "crds")
        wait_until(lambda: self.kubectl("get", "clusterupgrades", check=False).returncode, lambda code: code == 0,
                   what="clusterupgrades are served")
        return self

    def words(self, *args, stdin=None):
        """(whether kubectl succeeded, what it printed)"""
        result = self.kubectl(*args, stdin=stdin, check=False)
        return result.returncode == 0, (result.stdout + result.stderr).strip()


_running = []


def shared():
    """One API server for all tests of this process."""
    if not _running:
        folder = tempfile.mkdtemp(prefix="manifests-")
        server = ApiServer(folder)
        _running.append(server)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(server.stop)
        server.start()
    return _running[0]
