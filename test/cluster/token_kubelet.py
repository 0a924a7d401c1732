"""Plays what a kubelet does for the tokens of pods: a TokenRequest bound to the pod, a file, and a new token in time.

    kubelet = TokenKubelet(cluster.plane.client("token-kubelet")).start()
    token = kubelet.keep(pod, folder / "web.token")
    token.renew()                           # at once, as after a restart of the kubelet
    token.renew(second.client("token-kubelet"))     # signed by this API server, and from now on
"""
import base64
import datetime
import http.client
import json
import os
import pathlib
import threading
import time

from api_client import ApiError

LIFE = 900  # seconds; what the manifests ask for
SHARE = 0.8  # of its life, after which a kubelet has a token made anew
AGAIN = 0.5  # seconds until it asks again when there was no answer


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header(token):
    """The first part of a JWT: {"alg": …, "kid": …}."""
    return decode(token.split(".")[0])


def claims(token):
    """The second part of a JWT: iss, iat, exp, …"""
    return decode(token.split(".")[1])


def is_pod_token(volume):
    """Whether it is a volume that ServiceAccount admission, or a manifest, gives a pod for its token."""
    return any("serviceAccountToken" in source for source in volume.get("projected", {}).get("sources", []))


def holds_token(pod):
    return any(is_pod_token(volume) for volume in pod["spec"].get("volumes", []))


class PodToken:
    """The token of one pod in the file `path`, which is replaced in one rename. `text` is the token, `renew_at` when it
    is due (time.time())."""

    def __init__(self, client, pod, path, seconds, share):
        self.client, self.pod, self.path = client, pod, pathlib.Path(path)
        self.seconds, self.share = seconds, share
        self.text, self.renew_at = "", 0.0
        self.lock = threading.Lock()

    def renew(self, client=None):
        """Has a new one made, by the API server of `client` where given, and writes it; returns it."""
        with self.lock:
            self.client = client or self.client
            status = self.client.create("serviceaccounts", self.request(), self.pod["metadata"]["namespace"],
                                        "token")["status"]
            self.text = status["token"]
            begin = claims(self.text)["iat"]
            end = datetime.datetime.fromisoformat(status["expirationTimestamp"].replace("Z", "+00:00")).timestamp()
            self.renew_at = begin + self.share * (end - begin)
            self.write()
            return self.text

    def request(self):
        meta = self.pod["metadata"]
        bound = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
        return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "metadata": {"name": self.pod["spec"]["serviceAccountName"]},
                "spec": {"expirationSeconds": self.seconds, "boundObjectRef": bound}}

    def write(self):
        beside = self.path.with_suffix(".new")
        beside.write_text(self.text)
        os.replace(beside, self.path)

    @property
    def key_id(self):
        return header(self.text)["kid"]


class TokenKubelet:
    """Renews what it keeps until stop(). `share` is of a token's life: a small one has a test see it happen."""

    def __init__(self, client, share=SHARE):
        self.client, self.share = client, share
        self.tokens, self.stopped = [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.stopped.set()
        self.thread.join(timeout=5)

    def keep(self, pod, path, seconds=LIFE, client=None):
        """Writes the first token of an existing pod and keeps the file from then on; returns its PodToken."""
        token = PodToken(client or self.client, pod, path, seconds, self.share)
        token.renew()
        self.tokens.append(token)
        return token

    def run(self):
        while not self.stopped.wait(AGAIN):
            for token in [each for each in self.tokens if each.renew_at <= time.time()]:
                try:
                    token.renew()
                except ApiError as error:
                    if error.code in (404, 409):  # the pod is gone, and its token with it
                        self.tokens.remove(token)
                except (OSError, http.client.HTTPException):
                    pass  # the server is away: again with the next round
        self.client.close()
