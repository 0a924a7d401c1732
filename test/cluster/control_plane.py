"""A real control plane on loopback: etcd, API server, controller manager, scheduler, and kwok for the nodes."""
import json
import pathlib
import subprocess

import binaries
from api_client import Client
from certificates import Authority
from kube_apiserver import ApiServer, TokenKeys
from process import Process, free_ports

HERE = pathlib.Path(__file__).resolve().parent
COMPONENTS = {  # our name: (user, groups)
    "admin": ("admin", ["system:masters"]),
    "kcm": ("system:kube-controller-manager", []),
    "scheduler": ("system:kube-scheduler", []),
    "kwok": ("kwok", ["system:masters"]),
    "node-agent": ("node-agent", ["system:masters"]),
    "token-kubelet": ("token-kubelet", ["system:masters"]),
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
        self.etcd_port, self.etcd_peer_port = ports[1:]
        self.detached = detached
        self.api_options = []  # more flags of kube-apiserver, set before start()
        self.kcm_key, self.root_ca = "sa", self.authority.ca  # what kube-controller-manager signs with and publishes
        self.processes = {}
        self.clients = {}
        self.api = ApiServer(self, "apiserver", port or ports[0])
        self.more_apis = []

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
        for process in reversed(self.processes.values()):
            process.kill()
        for client in self.clients.values():
            client.close()

    def start_api(self):
        self.api.start()

    def stop_api(self, kill=False):
        self.api.stop(kill)

    def restart_api(self, kill=False, tokens=None):
        self.api.restart(kill, tokens)

    def add_api_server(self, host, tokens=TokenKeys()):
        """Starts one more kube-apiserver on the same etcd and returns it."""
        another = ApiServer(self, f"apiserver-{host}", free_ports(1)[0], host)
        another.tokens = tokens
        self.more_apis.append(another)
        return another.start()

    def restart_controller_manager(self, key=None, root_ca=None):
        """With another key pair for legacy tokens, or another file as every namespace's kube-root-ca.crt."""
        self.processes["kcm"].kill()
        self.kcm_key, self.root_ca = key or self.kcm_key, root_ca or self.root_ca
        self.spawn("kcm", self.kcm_command())

    def spawn(self, name, command):
        process = Process(name, command, self.folder / f"{name}.log", detached=self.detached)
        self.processes[name] = process
        return process.start()

    # -- access -------------------------------------------------------------------------------------------------
    @property
    def audit_logs(self):
        return [api.audit_log for api in (self.api, *self.more_apis)]

    def certificate(self, user, groups=()):
        name, listed = COMPONENTS.get(user, (user, groups))
        subject = "".join(f"/O={group}" for group in (groups or listed)) + f"/CN={name}"
        return self.authority.issue("client-" + user.replace(":", "-"), subject)

    def client(self, user="admin", groups=("system:masters",), api=None):
        """A client as `user`, of the first API server unless `api` is another; the audit log tells users apart."""
        port = (api or self.api).port
        if (user, port) not in self.clients:
            self.clients[user, port] = Client("127.0.0.1", port, self.authority.ca,
                                              self.certificate(user, () if user in COMPONENTS else groups))
        return self.clients[user, port]

    def write_kubeconfig(self, name, user, api=None):
        """A kubeconfig (in JSON, which is YAML) with `user` as its user entry."""
        cluster = {"server": (api or self.api).url, "certificate-authority": str(self.authority.ca)}
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

    def api_command(self, api):
        cert, key = self.authority.issue("apiserver", "")
        return [self.bin / "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}",
                "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", api.port,
                "--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.96.0.0/16",
                "--client-ca-file", self.authority.ca, "--tls-cert-file", cert, "--tls-private-key-file", key,
                *api.tokens.flags(self.authority), "--authorization-mode", "Node,RBAC",
                "--allow-privileged", "--audit-log-path", api.audit_log,
                "--audit-policy-file", HERE / "audit-policy.yaml", *self.api_options]

    def controller_flags(self, user):
        config = self.kubeconfig(user)
        return ["--kubeconfig", config, "--authentication-kubeconfig", config, "--authorization-kubeconfig", config,
                "--leader-elect=false", "--secure-port", "0", "--kube-api-qps", "200", "--kube-api-burst", "400"]

    def kcm_command(self):
        return [self.bin / "kube-controller-manager", *self.controller_flags("kcm"),
                "--use-service-account-credentials", "--root-ca-file", self.root_ca,
                "--service-account-private-key-file", self.authority.key_pair(self.kcm_key)[0]]

    def scheduler_command(self):
        return [self.bin / "kube-scheduler", *self.controller_flags("scheduler")]

    def kwok_command(self):
        stages = [part for path in sorted((HERE / "stages").glob("*.yaml")) for part in ("--config", path)]
        return [self.bin / "kwok", "--kubeconfig", self.kubeconfig("kwok"), "--manage-all-nodes=true",
                "--cidr", "10.0.0.1/16", "--node-ip", "10.0.0.1", "--node-lease-duration-seconds", "40", *stages]
