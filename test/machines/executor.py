"""Who changes the machines: the executor for kubeadm of this tree, or a Job with a script of ours."""
import os
import shutil
import subprocess
import tempfile

import paths
import archives
import binaries
import image_test
import product
import programs

KUBEADM = paths.ROOT / "executors/kubeadm"
JOB_SCRIPT = paths.HERE / "upgrade-job.sh"


def kind():
    """Kubeadm where the tree has that executor; CU_EXECUTOR=Job or Kubeadm decides otherwise."""
    has = (KUBEADM / "Dockerfile").exists() or os.environ.get("CU_EXECUTOR_PROGRAM")
    chosen = os.environ.get("CU_EXECUTOR") or ("Kubeadm" if has else "Job")
    if chosen not in ("Kubeadm", "Job"):
        raise binaries.BuildError(f"CU_EXECUTOR={chosen}: Kubeadm or Job")
    return chosen


def program():
    """A word that only the command line of the executor's program has, as a machine shows it."""
    return "upgrade-node" if kind() == "Kubeadm" else "The program of executor Job on these machines"


IMAGE = "docker.io/library/cluster-upgrade-executor-kubeadm"  # its tag is the version; the controller adds it


def kubeadm_archive(version):
    """The executor's image as its own Dockerfile makes it, with our programs of the version instead of downloads; or of
    the compiled (static) upgrade-node that CU_EXECUTOR_PROGRAM names."""
    if os.environ.get("CU_EXECUTOR_PROGRAM"):
        files = {f"/usr/local/bin/{name}": programs.kubernetes(version) / name for name in programs.NODE}
        files["/usr/local/bin/upgrade-node"] = os.environ["CU_EXECUTOR_PROGRAM"]
        return archives.ensure(archives.Image(f"executor-program-{version}", [f"{IMAGE}:{version}"], files,
                                              entrypoint=["/usr/local/bin/upgrade-node"]))
    path = archives.folder() / f"executor-{version}-{product.digest(['executors/kubeadm', 'controller/base'])}.tar"
    if path.exists():
        return path
    image_test.CACHE.mkdir(parents=True, exist_ok=True)
    with binaries.locked(image_test.CACHE), tempfile.TemporaryDirectory(dir=binaries.cache_root()) as folder:
        for name in programs.NODE:
            shutil.copy(programs.kubernetes(version) / name, folder)
        image_test.make_base()
        local = "localhost/executor-kubeadm:test"
        command = ["buildah", *image_test.STORAGE, "build", "--isolation", "chroot", "--network", "host", "--layers",
                   "--pull-never", "--build-arg", f"BUILD_BASE={image_test.BASE}", "--build-arg",
                   f"KUBERNETES_VERSION={version}", "--build-context", f"binaries={folder}", "--tag", local,
                   "--file", str(KUBEADM / "Dockerfile"), str(paths.ROOT)]
        (image_test.CACHE / "tmp").mkdir(exist_ok=True)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, TMPDIR=str(image_test.CACHE / "tmp")))
        archives.folder().mkdir(parents=True, exist_ok=True)
        product.save(local, f"{IMAGE}:{version}", path)
    archives.forget(archives.folder().glob(f"executor-{version}-*.tar"))
    return path


def job(versions):
    """The executor of type Job: its image has the programs of all versions."""
    container = {"name": "upgrade", "image": "upgrade-job:1", "imagePullPolicy": "IfNotPresent",
                 "command": ["/bin/sh", "-c", JOB_SCRIPT.read_text()],
                 "terminationMessagePolicy": "FallbackToLogsOnError"}
    return {"type": "Job", "job": {"template": {"spec": {"containers": [container]}}}}


def prepare(cluster, versions):
    """Brings the executor's images for the versions onto the machines; returns spec.executor."""
    if kind() == "Job":
        cluster.import_image(archives.upgrade_job(versions))
        return job(versions)
    for version in versions:
        cluster.import_image(kubeadm_archive(version))
    return {"type": "Kubeadm", "kubeadm": {"image": IMAGE, "ignorePreflightErrors": ["all"]}}
