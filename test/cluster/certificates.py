"""The certificate authority of one test cluster, and the key pairs that sign tokens, by openssl."""
import base64
import hashlib
import pathlib
import subprocess


def openssl(*args, folder, stdin=None):
    result = subprocess.run(["openssl", *args], cwd=folder, input=stdin, text=True, capture_output=True, check=False)
    if result.returncode:
        raise RuntimeError(f"openssl {' '.join(args)}: {result.stderr.strip()}")
    return result.stdout


class Authority:
    """Creates the authority and the server's certificate in `folder`; client certificates and key pairs when they are
    first asked for."""

    NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.new_ca("ca")
        self.issue("apiserver", "/CN=kube-apiserver",
                   "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1")

    def new_ca(self, name):
        """The certificate file of the authority `name`; "ca" is the one that issue() uses."""
        cert = self.folder / f"{name}.crt"
        if not cert.exists():
            openssl("req", "-x509", *self.NEW_KEY, "-keyout", f"{name}.key", "-out", cert.name, "-days", "365",
                    "-subj", f"/CN=test-cluster-{name}", folder=self.folder)
        return cert

    def bundle(self, *names):
        """A file with the certificates of these authorities."""
        path = self.folder / f"{'-'.join(names)}.bundle"
        path.write_text("".join(self.new_ca(name).read_text() for name in names))
        return path

    def key_pair(self, name):
        """(private key file, public key file) of a pair for service-account tokens."""
        private, public = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        if not public.exists():
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private.name, folder=self.folder)
            openssl("ec", "-in", private.name, "-pubout", "-out", public.name, folder=self.folder)
        return private, public

    def key_id(self, name):
        """The kid by which Kubernetes calls this pair: base64url of SHA-256 over the DER SubjectPublicKeyInfo."""
        self.key_pair(name)
        openssl("pkey", "-pubin", "-in", f"{name}.pub", "-outform", "DER", "-out", f"{name}.der", folder=self.folder)
        digest = hashlib.sha256((self.folder / f"{name}.der").read_bytes()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def issue(self, name, subject, alternative_names=None):
        """(certificate file, key file) for `subject`; made at the first call."""
        cert, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        if not cert.exists():
            openssl("req", *self.NEW_KEY, "-keyout", key.name, "-out", f"{name}.csr", "-subj", subject,
                    folder=self.folder)
            extension = []
            if alternative_names:
                (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative_names}")
                extension = ["-extfile", f"{name}.ext"]
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                    "-days", "365", "-out", cert.name, *extension, folder=self.folder)
        return cert, key
