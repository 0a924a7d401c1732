"""A validating admission webhook on loopback that denies what it is asked about, with a code and a patience."""
import base64
import http.server
import json
import ssl
import threading

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


class Webhook:
    """Asked about `rule` ({apiGroups, apiVersions, operations, resources}) in one namespace, from enter to exit.

    with Webhook(plane, "slow-denial", rule, "team-a", message="not now", code=429, retry_after=45):
    """

    def __init__(self, plane, name, rule, namespace, message, code=403, retry_after=0):
        self.plane, self.name, self.rule, self.namespace = plane, name, rule, namespace
        self.status = {"code": code, "message": message, "details": {"retryAfterSeconds": retry_after}}
        self.denials = 0
        self.server = None

    def __enter__(self):
        cert, key = self.plane.authority.issue("webhook", "/CN=webhook", "IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.plane.client().request("POST", CONFIGURATIONS, self.configuration())
        return self

    def __exit__(self, *_):
        self.plane.client().request("DELETE", f"{CONFIGURATIONS}/{self.name}")
        self.server.shutdown()
        self.server.server_close()

    def configuration(self):
        bundle = base64.b64encode(self.plane.authority.ca.read_bytes()).decode()
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": self.name},
                "webhooks": [{"name": f"{self.name}.example.com", "rules": [self.rule], "sideEffects": "None",
                              "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
                              "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
                              "clientConfig": {"url": f"https://127.0.0.1:{self.server.server_port}/",
                                               "caBundle": bundle}}]}

    def handler(self):
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.denials += 1
                body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": {
                    "uid": review["request"]["uid"], "allowed": False, "status": webhook.status}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
