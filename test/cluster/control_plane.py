"""A real control plane on loopback: etcd, API server, controller manager, scheduler, and kwok for the nodes."""
import json
import pathlib
import subprocess

import binaries
from api_client import Client, wait_until
from certificates import Authority
from process import Process, free_ports, wait_port_closed

HERE = pathlib.Path(__file__).resolve().parent
COMPONENTS = {  # our name: (user, groups)
    "admin": ("admin", ["system:masters"]),
    "kcm": ("system:kube-controller-manager", []),
    "scheduler": ("system:kube-scheduler", []),
    "kwok": ("kwok", ["system:masters"]),
    "node-agent": ("node-agent", ["system:masters"]),
}


def kubeconfig_text(cluster, user):
    """A kubeconfig of one cluster and one user, in JSON (which is YAML)."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}],
    }, indent=1)


class ControlPlane:
    """Everything lives in `folder`: certificates, etcd's data, logs, kubeconfigs, audit.log.

    with ControlPlane("/tmp/run") as plane:
        plane.client("admin").list("nodes")
    """

    def __init__(self, folder, port=0, detached=False):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bin = binaries.ensure()
        self.authority = Authority(self.folder / "pki")
        ports = free_ports(3)
        self.port, self.etcd_port, self.etcd_peer_port = port or ports[0], ports[1], ports[2]
        self.detached = detached
        self.api_options = []  # more flags of kube-apiserver, set before start()
        self.audit_log = self.folder / "audit.log"
        self.processes = {}
        self.clients = {}

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # -- life ---------------------------------------------------------------------------------------------------
    def start(self):
        """Returns when the API answers and service accounts are handed out."""
        self.spawn("etcd", self.etcd_command())
        self.start_api()
        for name, command in (("kcm", self.kcm_command()), ("scheduler", self.scheduler_command()),
                              ("kwok", self.kwok_command())):
            self.spawn(name, command)
        self.client().wait_for("serviceaccounts", "default", bool, "exists", "default")
        return self

    def stop(self):
        """Kills everything; nothing of it is worth an orderly end."""
        for name in ("kwok", "scheduler", "kcm", "apiserver", "etcd"):
            if name in self.processes:
                self.processes[name].kill()
        for client in self.clients.values():
            client.close()

    def start_api(self):
        """Starts kube-apiserver (again, at the same address) and waits for /readyz."""
        process = self.spawn("apiserver", self.api_command())

        def ready():
            process.must_run()
            self.processes["etcd"].must_run()
            return self.client().request("GET", "/readyz") == "ok"

        wait_until(ready, what="kube-apiserver is ready", timeout=60, every=0.05)

    def stop_api(self, kill=False):
        """Ends kube-apiserver: as a crash with kill=True, else with 3 s for its own orderly shutdown (all of it
        would take a minute while watches are open)."""
        process = self.processes["apiserver"]
        if kill:
            process.kill()
        else:
            process.stop(timeout=3)
        wait_port_closed(self.port)

    def restart_api(self, kill=False):
        self.stop_api(kill)
        self.start_api()

    def spawn(self, name, command):
        process = Process(name, command, self.folder / f"{name}.log", detached=self.detached)
        self.processes[name] = process
        return process.start()

    # -- access -------------------------------------------------------------------------------------------------
    @property
    def server(self):
        return f"https://127.0.0.1:{self.port}"

    def certificate(self, user, groups=()):
        name, listed = COMPONENTS.get(user, (user, groups))
        subject = "".join(f"/O={group}" for group in (groups or listed)) + f"/CN={name}"
        return self.authority.issue("client-" + user.replace(":", "-"), subject)

    def client(self, user="admin", groups=("system:masters",)):
        """A client as `user`; the audit log tells users apart."""
        if user not in self.clients:
            self.clients[user] = Client("127.0.0.1", self.port, self.authority.ca,
                                        self.certificate(user, () if user in COMPONENTS else groups))
        return self.clients[user]

    def write_kubeconfig(self, name, user):
        """A kubeconfig (in JSON, which is YAML) with `user` as its user entry."""
        cluster = {"server": self.server, "certificate-authority": str(self.authority.ca)}
        path = self.folder / f"{name}.kubeconfig"
        if not path.exists():
            path.write_text(kubeconfig_text(cluster, user))
        return path

    def kubeconfig(self, user="admin", groups=("system:masters",)):
        cert, key = self.certificate(user, () if user in COMPONENTS else groups)
        return self.write_kubeconfig(user.replace(":", "-"), {"client-certificate": str(cert), "client-key": str(key)})

    def service_account_kubeconfig(self, namespace, name, seconds=86400):
        """A kubeconfig for a ServiceAccount, with its token in a file of its own (as in a pod)."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {"name": name},
                "spec": {"expirationSeconds": seconds}}
        token = self.client().create("serviceaccounts", body, namespace, "token")["status"]["token"]
        token_file = self.folder / f"{namespace}-{name}.token"
        token_file.write_text(token)
        return self.write_kubeconfig(f"{namespace}-{name}", {"tokenFile": str(token_file)})

    def kubectl_command(self, *args, user="admin"):
        return [str(part) for part in (self.bin / "kubectl", "--kubeconfig", self.kubeconfig(user), "--cache-dir",
                                       self.folder / "kubectl-cache", *args)]

    def kubectl(self, *args, stdin=None, check=True, user="admin"):
        """Runs kubectl and returns the CompletedProcess (text); raises RuntimeError with its words when it fails."""
        result = subprocess.run(self.kubectl_command(*args, user=user), input=stdin, text=True, capture_output=True,
                                check=False)
        if check and result.returncode:
            raise RuntimeError(f"kubectl {' '.join(map(str, args))}: {result.stderr.strip()}")
        return result

    # -- commands -----------------------------------------------------------------------------------------------
    def etcd_command(self):
        url, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.etcd_peer_port}"
        return [self.bin / "etcd", "--data-dir", self.folder / "etcd", "--log-level", "warn", "--unsafe-no-fsync",
                "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]

    def api_command(self):
        cert, key = self.authority.issue("apiserver", "")
        issuer = "https://kubernetes.default.svc"
        return [self.bin / "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}",
                "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", self.port,
                "--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.96.0.0/16",
                "--client-ca-file", self.authority.ca, "--tls-cert-file", cert, "--tls-private-key-file", key,
                "--service-account-key-file", self.authority.sa_public, "--service-account-issuer", issuer,
                "--service-account-signing-key-file", self.authority.sa_key, "--authorization-mode", "Node,RBAC",
                "--allow-privileged", "--audit-log-path", self.audit_log,
                "--audit-policy-file", HERE / "audit-policy.yaml", *self.api_options]

    def controller_flags(self, user):
        config = self.kubeconfig(user)
        return ["--kubeconfig", config, "--authentication-kubeconfig", config, "--authorization-kubeconfig", config,
                "--leader-elect=false", "--secure-port", "0", "--kube-api-qps", "200", "--kube-api-burst", "400"]

    def kcm_command(self):
        return [self.bin / "kube-controller-manager", *self.controller_flags("kcm"),
                "--use-service-account-credentials", "--root-ca-file", self.authority.ca,
                "--service-account-private-key-file", self.authority.sa_key]

    def scheduler_command(self):
        return [self.bin / "kube-scheduler", *self.controller_flags("scheduler")]

    def kwok_command(self):
        stages = [part for path in sorted((HERE / "stages").glob("*.yaml")) for part in ("--config", path)]
        return [self.bin / "kwok", "--kubeconfig", self.kubeconfig("kwok"), "--manage-all-nodes=true",
                "--cidr", "10.0.0.1/16", "--node-ip", "10.0.0.1", "--node-lease-duration-seconds", "40", *stages]
