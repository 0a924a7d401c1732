"""Image archives made of static files, without a daemon or a registry; kept in the cache."""
import dataclasses
import functools
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile

import paths  # noqa: F401 (makes test/cluster importable)
import binaries
import node_image
import programs

REGISTRY = "registry.k8s.io"
SANDBOX = f"{REGISTRY}/pause:3.10.1"  # what node/etc/containerd/config.toml names
APPLETS = "sh chroot sleep cat echo date cp mv rm ls mkdir ln sed grep cut head tail printf kill ps true sync".split()


@dataclasses.dataclass
class Image:
    """An image of one layer. `files` is {path in the image: file here}, `links` {path in the image: what it names}."""
    name: str
    tags: list
    files: dict
    links: dict = dataclasses.field(default_factory=dict)
    entrypoint: list = dataclasses.field(default_factory=list)

    def key(self):
        """Changes whenever the archive would; files are known by size and time, as make does."""
        digest = hashlib.sha256(json.dumps([self.tags, self.links, self.entrypoint]).encode())
        for path, source in sorted(self.files.items()):
            seen = os.stat(source)
            digest.update(f"{path} {source} {seen.st_size} {seen.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:12]


def member(name, kind, mode=0o755):
    info = tarfile.TarInfo(name.strip("/"))
    info.type, info.mode = kind, mode
    return info


def write_layer(image, path):
    """The layer as an uncompressed tar; returns its digest."""
    folders = {"tmp", "etc", "run", "var"}
    for inside in [*image.files, *image.links]:
        folders.update(str(parent) for parent in pathlib.PurePath(inside.strip("/")).parents if str(parent) != ".")
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as layer:
        for folder in sorted(folders):
            layer.addfile(member(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755))
        for inside, source in sorted(image.files.items()):
            info = member(inside, tarfile.REGTYPE)
            info.size = os.stat(source).st_size
            with open(source, "rb") as content:
                layer.addfile(info, content)
        for inside, target in sorted(image.links.items()):
            info = member(inside, tarfile.SYMTYPE)
            info.linkname = target
            layer.addfile(info)
    with open(path, "rb") as layer:
        return hashlib.file_digest(layer, "sha256").hexdigest()


def write_archive(image, path):
    """A docker-archive, as `docker save` writes it."""
    layer = path.with_suffix(".layer")
    digest = write_layer(image, layer)
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
        "config": {"Env": ["PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"],
                   "Entrypoint": image.entrypoint or None},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}}).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": image.tags, "Layers": [digest + "/layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        for name, content in ((config_name, config), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        archive.add(layer, digest + "/layer.tar")
    layer.unlink()


def folder():
    return binaries.cache_root() / "machines-images"


def forget(files, keep=4):
    """Removes all but the newest: several trees may use one cache."""
    for old in sorted(files, key=lambda file: -file.stat().st_mtime)[keep:]:
        old.unlink()


def ensure(image):
    """The archive's path."""
    path = folder() / f"{image.name}-{image.key()}.tar"
    if not path.exists():
        with binaries.locked(folder()):
            part = path.with_suffix(f".part-{os.getpid()}")
            write_archive(image, part)
            part.rename(path)
            forget(folder().glob(f"{image.name}-{'?' * 12}.tar"))
    return path


@functools.lru_cache
def tags_of(version):
    """{component: the image kubeadm wants for it}, by kubeadm's own words."""
    kubeadm = programs.kubernetes(version, ["kubeadm"]) / "kubeadm"
    listed = subprocess.run([kubeadm, "config", "images", "list", "--kubernetes-version", version], text=True,
                            capture_output=True, check=True).stdout.split()
    return {name.rpartition("/")[2].partition(":")[0]: name for name in listed}


def proxy(version, tag):
    """kube-proxy needs iptables and conntrack beside it: those of the machines themselves."""
    return Image(f"kube-proxy-{version}", [tag],
                 {"/usr/local/bin/kube-proxy": programs.kubernetes(version) / "kube-proxy",
                  **node_image.with_libraries("/usr/sbin/xtables-nft-multi", "/usr/sbin/conntrack", "/usr/sbin/nft")},
                 {f"/usr/sbin/{name}": "xtables-nft-multi" for name in (
                     "iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save",
                     "ip6tables-restore")})


def control_plane(version):
    """The archives that only control-plane machines of a version need."""
    tags, built = tags_of(version), programs.kubernetes(version)
    images = [Image(f"{name}-{version}", [tags[name]], {f"/usr/local/bin/{name}": built / name})
              for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")]
    images.append(Image(f"etcd-{version}", [tags["etcd"]], {"/usr/local/bin/etcd": programs.etcd()}))
    return [ensure(image) for image in images]


def every_node(version):
    """The archives that all machines of a version need."""
    tags = tags_of(version)
    return [ensure(image) for image in (
        proxy(version, tags["kube-proxy"]),
        Image(f"pause-{version}", list(dict.fromkeys([tags["pause"], SANDBOX])),
              {"/pause": programs.small() / "pause"}, entrypoint=["/pause"]),
        Image(f"coredns-{version}", [tags["coredns"]], {"/coredns": programs.coredns()}, entrypoint=["/coredns"]))]


def web():
    return ensure(Image("web", ["docker.io/library/web:1"], {"/web": programs.small() / "web"}, entrypoint=["/web"]))


def caller():
    return ensure(Image("caller", ["docker.io/library/caller:1"], {"/caller": programs.small() / "caller"},
                        entrypoint=["/caller"]))


def upgrade_job(versions):
    """An image for executor Job: kubeadm, kubelet and kubectl of each version below /kubernetes, and a shell."""
    files = {f"/kubernetes/{version}/{name}": programs.kubernetes(version) / name
             for version in versions for name in programs.NODE}
    files["/bin/busybox"] = node_image.root() / "bin/busybox"
    return ensure(Image("upgrade-job", ["docker.io/library/upgrade-job:1"], files,
                        {f"/bin/{name}": "busybox" for name in APPLETS}))
