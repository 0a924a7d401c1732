"""One kube-apiserver of a control plane, and what it signs and verifies tokens with."""
import dataclasses
import socket

from api_client import ApiError, Client, wait_until
from process import wait_port_closed

ISSUER = "https://kubernetes.default.svc"
IDENTITY = "apiserver.kubernetes.io/identity=kube-apiserver"  # label of the Lease that each API server keeps


@dataclasses.dataclass(frozen=True)
class TokenKeys:
    """Names of the Authority's key pairs, and issuers, of which the first is written into new tokens. A server reads
    them when it starts."""
    verifying: tuple = ("sa",)
    signer: str = "sa"
    issuers: tuple = (ISSUER,)

    def flags(self, authority):
        """Of kube-apiserver."""
        public = [part for name in self.verifying
                  for part in ("--service-account-key-file", authority.key_pair(name)[1])]
        issuers = [part for issuer in self.issuers for part in ("--service-account-issuer", issuer)]
        return [*public, *issuers, "--service-account-signing-key-file", authority.key_pair(self.signer)[0]]


class ApiServer:
    """Of `plane`, at a port of its own. With `host` it has that host name, in a UTS name space of its own: servers are
    told apart by it, and each has an identity Lease (which needs root)."""

    def __init__(self, plane, name, port, host=None):
        self.plane, self.name, self.port, self.host = plane, name, port, host
        self.tokens = TokenKeys()
        self.audit_log = plane.folder / ("audit.log" if host is None else f"audit-{name}.log")

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def client(self, user="admin", groups=("system:masters",)):
        return self.plane.client(user, groups, self)

    def token_client(self, token):
        """A client with this token."""
        return Client("127.0.0.1", self.port, self.plane.authority.ca, token=token)

    def accepts(self, token):
        """False when it answers 401. Every ServiceAccount may ask for the key set."""
        client = self.token_client(token)
        try:
            client.request("GET", "/openid/v1/jwks")
            return True
        except ApiError as error:
            if error.code == 401:
                return False
            raise
        finally:
            client.close()

    def key_set(self):
        """The kid of each key that it verifies with."""
        return [key["kid"] for key in self.client().request("GET", "/openid/v1/jwks")["keys"]]

    def identity(self):
        """Its identity Lease, which is made anew at each start; None before the first renewal."""
        host = self.host or socket.gethostname()
        found = self.client().list("leases", "kube-system", labels=f"{IDENTITY},kubernetes.io/hostname={host}")
        return found[0] if found else None

    def start(self):
        """(Again, at the same address.) Returns when /readyz says so."""
        command = self.plane.api_command(self)
        if self.host:
            command = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.host, *command]
        process = self.plane.spawn(self.name, command)

        def ready():
            process.must_run()
            self.plane.processes["etcd"].must_run()
            return self.client().request("GET", "/readyz") == "ok"

        wait_until(ready, what=f"{self.name} is ready", timeout=60, every=0.05)
        return self

    def stop(self, kill=False):
        """As a crash with kill=True, else with 3 s for its own orderly shutdown (all of it would take a minute while
        watches are open)."""
        process = self.plane.processes[self.name]
        if kill:
            process.kill()
        else:
            process.stop(timeout=3)
        wait_port_closed(self.port)

    def restart(self, kill=False, tokens=None):
        """With other keys and issuers where `tokens` (TokenKeys) is given."""
        self.stop(kill)
        self.tokens = tokens or self.tokens
        self.start()
