"""Where things are; importing this makes the modules of test/cluster and test/manifests importable."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for _folder in ("test/cluster", "test/manifests"):
    if str(ROOT / _folder) not in sys.path:
        sys.path.insert(1, str(ROOT / _folder))


def run_folder(name):
    """The folder of one cluster's logs, kubeconfig and results."""
    return pathlib.Path(os.environ.get("CU_RUN_DIR", ROOT / "build/machines")) / name
