"""A thin client of the Kubernetes API over http.client: one kept connection per thread, JSON in and out."""
import http.client
import json
import pathlib
import re
import select
import ssl
import threading
import time
import urllib.parse

GROUPS = {
    "/api/v1": "nodes pods namespaces services serviceaccounts configmaps secrets events podtemplates "
               "persistentvolumes persistentvolumeclaims replicationcontrollers resourcequotas",
    "/apis/apps/v1": "deployments statefulsets daemonsets replicasets",
    "/apis/batch/v1": "jobs",
    "/apis/policy/v1": "poddisruptionbudgets",
    "/apis/coordination.k8s.io/v1": "leases",
    "/apis/events.k8s.io/v1": "eventsv1",
    "/apis/discovery.k8s.io/v1": "endpointslices",
    "/apis/admissionregistration.k8s.io/v1": "validatingwebhookconfigurations mutatingwebhookconfigurations",
    "/apis/storage.k8s.io/v1": "volumeattachments csinodes",
    "/apis/rbac.authorization.k8s.io/v1": "roles rolebindings clusterroles clusterrolebindings",
    "/apis/apiextensions.k8s.io/v1": "customresourcedefinitions",
    "/apis/clusterupgrade.io/v1alpha1": "clusterupgrades",
}
PREFIX = {resource: prefix for prefix, resources in GROUPS.items() for resource in resources.split()}
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}


class ApiError(Exception):
    """The API server said no: `code` is the HTTP status, `reason` and `message` are of the Status object."""

    def __init__(self, method, path, code, body):
        status = body if isinstance(body, dict) else {}
        self.code, self.body = code, body
        self.reason, self.message = status.get("reason", ""), status.get("message", str(body))
        super().__init__(f"{method} {path}: {code} {self.reason}: {self.message}")


class WaitTimeout(AssertionError):
    """A condition did not come true in time."""


def path_of(resource, name=None, namespace=None, subresource=None):
    parts = [PREFIX[resource]]
    if namespace:
        parts += ["namespaces", namespace]
    parts.append("events" if resource == "eventsv1" else resource)
    parts += [part for part in (name, subresource) if part]
    return "/".join(parts)


class Client:
    """Talks to an API server as the owner of a client certificate or a bearer token; without `ca_file` in plain
    HTTP (to `kubectl proxy`)."""

    def __init__(self, host, port, ca_file=None, cert=None, token=None):
        self.host, self.port, self.context = host, port, None
        if ca_file:
            self.context = ssl.create_default_context(cafile=ca_file)
        if cert:
            self.context.load_cert_chain(*cert)
        self.headers = {"Accept": "application/json, */*;q=0.1", "User-Agent": "cluster-test"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.local = threading.local()

    @staticmethod
    def from_kubeconfig(path):
        """For kubeconfigs written by ControlPlane: in JSON, with files rather than data."""
        config = json.loads(pathlib.Path(path).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        address = urllib.parse.urlsplit(cluster["server"])
        cert = (user["client-certificate"], user["client-key"]) if "client-key" in user else None
        token = pathlib.Path(user["tokenFile"]).read_text() if "tokenFile" in user else None
        return Client(address.hostname, address.port, cluster["certificate-authority"], cert, token)

    # -- requests -----------------------------------------------------------------------------------------------
    def connect(self, timeout):
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        return http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=timeout)

    def kept_connection(self):
        """This thread's connection; a new one if the server has closed the old one meanwhile."""
        connection = getattr(self.local, "connection", None)
        if connection is not None and connection.sock is not None:
            if not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()
        self.local.connection = self.connect(timeout=60)
        return self.local.connection

    def close(self):
        """Closes this thread's connection; the next request opens another."""
        connection = getattr(self.local, "connection", None)
        if connection is not None:
            connection.close()

    def request(self, method, path, body=None, query=None, content_type="application/json"):
        """The decoded answer. Raises ApiError for a refusal, OSError or HTTPException when there is no answer."""
        url = path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self.headers, **({"Content-Type": content_type} if body is not None else {}))
        connection = self.kept_connection()
        try:
            connection.request(method, url, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        is_json = re.match(r"application/([\w-]+\+)?json", response.getheader("Content-Type", ""))
        answer = json.loads(text) if is_json and text else text
        if response.status >= 300:
            raise ApiError(method, url, response.status, answer)
        return answer

    # -- verbs --------------------------------------------------------------------------------------------------
    def get(self, resource, name, namespace=None):
        return self.request("GET", path_of(resource, name, namespace))

    def find(self, resource, name, namespace=None):
        """Like get, but None when there is no such object."""
        try:
            return self.get(resource, name, namespace)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def list_raw(self, resource, namespace=None, labels=None, fields=None):
        query = {key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}
        return self.request("GET", path_of(resource, namespace=namespace), query=query)

    def list(self, resource, namespace=None, labels=None, fields=None):
        return self.list_raw(resource, namespace, labels, fields)["items"]

    def create(self, resource, body, namespace=None, subresource=None):
        """POST; with `subresource` (eviction, binding, token) the object's name is taken from the body."""
        name = body["metadata"]["name"] if subresource else None
        return self.request("POST", path_of(resource, name, namespace, subresource), body)

    def patch(self, resource, name, body, namespace=None, subresource=None, kind="merge"):
        """A merge, strategic or json patch."""
        return self.request("PATCH", path_of(resource, name, namespace, subresource), body,
                            content_type=PATCH_TYPES[kind])

    def apply(self, resource, body, namespace=None, manager="cluster-test", force=True):
        """Server-side apply of the object `body`."""
        query = {"fieldManager": manager, "force": str(force).lower()}
        return self.request("PATCH", path_of(resource, body["metadata"]["name"], namespace), body, query,
                            PATCH_TYPES["apply"])

    def delete(self, resource, name, namespace=None, grace=None, propagation="Background"):
        options = {"propagationPolicy": propagation}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        return self.request("DELETE", path_of(resource, name, namespace), options)

    def evict(self, pod, namespace):
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
        return self.create("pods", body, namespace, "eviction")

    # -- watching and waiting -----------------------------------------------------------------------------------
    def watch(self, resource, namespace=None, labels=None, fields=None, version=None, timeout=300):
        """Yields (type, object); without `version` first ("ADDED", object) of what exists. Ends after `timeout`
        seconds or when the server closes the stream; raises ApiError for 410 and the like."""
        if version is None:
            listed = self.list_raw(resource, namespace, labels, fields)
            version = listed["metadata"]["resourceVersion"]
            for item in listed["items"]:
                yield "ADDED", item
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": int(timeout) + 1,
                 "allowWatchBookmarks": "true"}
        query.update({key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value})
        path = path_of(resource, namespace=namespace)
        connection = self.connect(timeout=timeout + 5)
        try:
            connection.request("GET", path + "?" + urllib.parse.urlencode(query), headers=self.headers)
            response = connection.getresponse()
            if response.status >= 300:
                raise ApiError("WATCH", path, response.status, json.loads(response.read() or b"{}"))
            for line in response:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ApiError("WATCH", path, event["object"].get("code", 0), event["object"])
                yield event["type"], event["object"]
        finally:
            connection.close()

    def wait_for(self, resource, name, condition, what, namespace=None, timeout=60):
        """Waits until condition(object) is true (object: None while it does not exist) and returns the object."""
        return wait_until(lambda: self.find(resource, name, namespace), condition, timeout=timeout,
                          what=f"{resource}/{name}: {what}")


def wait_until(look, condition=bool, what="the condition", timeout=60, every=0.1):
    """Calls look() until condition(result) is true and returns that result. An API server that is away is waited
    for as well; the last thing seen is part of the error."""
    deadline = time.monotonic() + timeout
    seen = None
    while True:
        try:
            seen = look()
            if condition(seen):
                return seen
        except (OSError, http.client.HTTPException, ApiError) as error:
            if isinstance(error, ApiError) and error.code < 429:
                raise
            seen = error
        if time.monotonic() > deadline:
            shown = json.dumps(seen, indent=1) if isinstance(seen, (dict, list)) else repr(seen)
            raise WaitTimeout(f"not within {timeout} s: {what}; last seen:\n{shown[-3000:]}")
        time.sleep(every)
