"""The certificate authority of one test cluster, by openssl."""
import pathlib
import subprocess


def openssl(*args, folder, stdin=None):
    result = subprocess.run(["openssl", *args], cwd=folder, input=stdin, text=True, capture_output=True, check=False)
    if result.returncode:
        raise RuntimeError(f"openssl {' '.join(args)}: {result.stderr.strip()}")
    return result.stdout


class Authority:
    """Creates the authority, the server's certificate and the service-account key pair in `folder`."""

    NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.crt"
        self.sa_key, self.sa_public = self.folder / "sa.key", self.folder / "sa.pub"
        if self.ca.exists():
            return
        openssl("req", "-x509", *self.NEW_KEY, "-keyout", "ca.key", "-out", "ca.crt", "-days", "365",
                "-subj", "/CN=test-cluster-ca", folder=folder)
        self.issue("apiserver", "/CN=kube-apiserver",
                   "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sa.key", folder=folder)
        openssl("ec", "-in", "sa.key", "-pubout", "-out", "sa.pub", folder=folder)

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
