"""What is installed on a cluster of machines: the controller from this tree, the executor's image, a workload."""
import hashlib
import json
import os
import pathlib
import subprocess

import paths
import archives
import binaries
import image_test
from api_client import wait_until

NAMESPACE, NAME = "cluster-upgrade-system", "cluster-upgrade-controller"
IMAGE = f"docker.io/library/{NAME}:0.1.0"  # what deploy/ names
SOURCES = ["controller", "image", "CMakeLists.txt", "CMakePresets.json", "Dockerfile", "LICENSE"]


def digest(sources):
    """Over names, modes and contents of files and folders of this tree."""
    known = hashlib.sha256()
    for source in sources:
        path = paths.ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                known.update(f"{file.relative_to(paths.ROOT)} {file.stat().st_mode}\n".encode() + file.read_bytes())
    return known.hexdigest()[:12]


def controller_archive():
    """The controller's image as its own Dockerfile makes it; or the archive that CU_CONTROLLER_IMAGE_ARCHIVE names."""
    if os.environ.get("CU_CONTROLLER_IMAGE_ARCHIVE"):
        return pathlib.Path(os.environ["CU_CONTROLLER_IMAGE_ARCHIVE"])
    path = archives.folder() / f"controller-{digest(SOURCES)}.tar"
    if not path.exists():
        image_test.CACHE.mkdir(parents=True, exist_ok=True)
        with binaries.locked(image_test.CACHE):
            image_test.make_base()
            image_test.build(paths.ROOT)
            archives.folder().mkdir(parents=True, exist_ok=True)
            save(image_test.IMAGE, IMAGE, path)
            archives.forget(archives.folder().glob("controller-*.tar"))
    return path


def save(image, name, path):
    """Writes an image of image_test's storage as a docker-archive with the name that the cluster knows it by."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    write = ["save", "--quiet", "--format", "docker-archive", "--output", str(part), name]
    for command in (["tag", image, name], write, ["untag", image, name]):
        subprocess.run([*image_test.PODMAN, *command], check=True, stdout=subprocess.DEVNULL)
    part.rename(path)


def install(cluster):
    """kubectl apply -k deploy/, and waits until both replicas are ready."""
    cluster.import_image(controller_archive())
    cluster.kubectl("apply", "-k", paths.ROOT / "deploy")
    cluster.kubectl("rollout", "status", f"deployment/{NAME}", "--namespace", NAMESPACE, "--timeout=120s")


def add_workload(cluster):
    """Two replicas of shop/web, one of which may be away, behind a NodePort on every machine."""
    cluster.import_image(archives.web())
    cluster.kubectl("apply", "-f", "-", stdin=(paths.HERE / "workload.yaml").read_text())
    wait_until(lambda: cluster.client.get("deployments", "web", "shop")["status"].get("readyReplicas") == 2,
               what="shop/web is ready", timeout=120)


def leader(cluster):
    """The pod that holds the Lease, or ''."""
    lease = cluster.client.find("leases", NAME, NAMESPACE)
    return ((lease or {}).get("spec", {}).get("holderIdentity") or "").split("_")[0]


def upgrade(version, executor, name="production", **spec):
    """A ClusterUpgrade as a person writes it."""
    return {"apiVersion": "clusterupgrade.io/v1alpha1", "kind": "ClusterUpgrade", "metadata": {"name": name},
            "spec": {"version": version, "executor": executor, **spec}}


def apply(cluster, item):
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(item))
