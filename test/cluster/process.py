"""Child processes that never outlive the run, unless asked to."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import time


def free_ports(count):
    """`count` loopback ports that are free now, below the range that the kernel takes for outgoing connections: a
    server that is restarted must not find its port taken by a client that tries to reach it."""
    found = set()
    while len(found) < count:
        port = random.randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                found.add(port)
            except OSError:
                continue
    return list(found)


class Process:
    """A program with its log file. It dies with the thread that started it (the main thread: with the run),
    even when that is killed; with detached=True it stays."""

    def __init__(self, name, command, log, env=None, detached=False):
        self.name, self.log = name, pathlib.Path(log)
        self.command = [str(part) for part in command]
        self.env, self.detached, self.popen = env, detached, None

    def start(self):
        command = self.command if self.detached else ["setpriv", "--pdeathsig", "KILL", "--", *self.command]
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
                                          start_new_session=True)
        return self

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen is not None and self.popen.poll() is None

    def signal(self, number):
        if self.running():
            os.kill(self.popen.pid, number)

    def wait(self, timeout):
        """The exit status; raises subprocess.TimeoutExpired."""
        return self.popen.wait(timeout)

    def stop(self, timeout=10):
        """SIGTERM, then SIGKILL after `timeout` seconds; returns the exit status."""
        if self.popen is None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        if self.popen is None:
            return None
        self.signal(signal.SIGKILL)
        return self.popen.wait()

    def must_run(self):
        """Raises with the end of the log when the process has ended."""
        if not self.running():
            raise RuntimeError(f"{self.name} ended with status {self.popen.poll()}; end of {self.log}:\n{self.tail()}")

    def tail(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def rss_kib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0


def wait_port_closed(port, timeout=10):
    """Waits until nothing listens on the loopback port any more."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    raise TimeoutError(f"port {port} is still open")
