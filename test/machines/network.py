"""A network of one's own for each cluster: namespaces, so that no address, route or setting of the host is touched.

`cu-<cluster>` holds a bridge; each machine has a namespace `cu-<cluster>-<machine>` on it. Every cluster has the same
addresses. inside() takes the calling thread into such a namespace: what it connects to then is there.
"""
import contextlib
import ctypes
import pathlib
import subprocess

import paths  # noqa: F401 (makes test/cluster importable)
from api_client import ApiError, Client

SUBNET = "10.89.70"
CLONE_NEWNET = 0x40000000
FOLDER = pathlib.Path("/run/netns")
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*args, check=True):
    result = subprocess.run(["ip", *args], text=True, capture_output=True, check=False)
    if check and result.returncode:
        raise RuntimeError(f"ip {' '.join(args)}: {result.stderr.strip()}")
    return result


def enter(file):
    if LIBC.setns(file, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns: cannot enter a network namespace (is this root?)")


@contextlib.contextmanager
def inside(namespace):
    """The calling thread (no other) and what it starts are in the namespace."""
    with open("/proc/thread-self/ns/net", "rb") as before, open(FOLDER / namespace, "rb") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(before.fileno())


def command(namespace, *args):
    """A command line that runs in the namespace (`ip netns exec` would hide mounts)."""
    return ["nsenter", f"--net={FOLDER / namespace}", *map(str, args)]


class NotReadyYet(OSError):
    """The API server answers, but cannot judge yet."""


class NamespacedClient(Client):
    """An administrator's client whose connections are made in a network namespace."""

    namespace = None

    def request(self, *args, **options):
        """A server that has only just started does not know the roles yet: what it forbids an administrator is no
        answer."""
        try:
            return super().request(*args, **options)
        except ApiError as error:
            if error.code == 403:
                raise NotReadyYet(str(error)) from error
            raise

    def connect(self, timeout):
        connection = super().connect(timeout)
        plain = connection.connect

        def connect():
            with inside(self.namespace):
                plain()
        connection.connect = connect
        return connection


class Network:
    """The namespaces of one cluster."""

    def __init__(self, cluster):
        self.name = f"cu-{cluster}"

    def of(self, machine):
        return f"{self.name}-{machine}"

    def create(self):
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("-n", self.name, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.name, "address", "add", f"{SUBNET}.1/24", "dev", "bridge")
        ip("-n", self.name, "link", "set", "bridge", "up")

    def add(self, machine, address):
        """A namespace with eth0 for the machine; it outlives the machine being switched off."""
        there = self.of(machine)
        ip("netns", "add", there)
        ip("-n", self.name, "link", "add", f"v-{machine}", "type", "veth", "peer", "name", "eth0", "netns", there)
        ip("-n", self.name, "link", "set", f"v-{machine}", "master", "bridge", "up")
        ip("-n", there, "address", "add", f"{address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            ip("-n", there, "link", "set", link, "up")
        ip("-n", there, "route", "add", "default", "via", f"{SUBNET}.1")

    def namespaces(self):
        listed = [line.split()[0] for line in ip("netns", "list").stdout.splitlines() if line]
        return [name for name in listed if name == self.name or name.startswith(self.name + "-")]

    def remove(self):
        for name in self.namespaces():
            ip("netns", "delete", name)
