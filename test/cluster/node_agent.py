#!/usr/bin/env python3
"""Plays the kubelets: runs the pods of upgrade Jobs on kwok nodes, and External's "something else" that upgrades.

A pod of namespace cluster-upgrade-jobs that only pulls images ends at once. Any other becomes Running, works, changes its
node's versions to CLUSTERUPGRADE_VERSION of its environment, and ends Succeeded. A node can behave otherwise:
agent.behave("worker-1", failTimes=2), or the node's annotation test.clusterupgrade.io/behaviour with the same keys in
JSON; see BEHAVIOUR.
"""
import argparse
import datetime
import http.client
import json
import threading
import time
import uuid

from api_client import ApiError, Client

JOB_NAMESPACE = "cluster-upgrade-jobs"
BEHAVIOUR_ANNOTATION = "test.clusterupgrade.io/behaviour"
UNREADY_ANNOTATION = "test.clusterupgrade.io/unready"  # on a pod: it stays un-Ready after its node came back
PULLS_IMAGES = "clusterupgrade.io/pulls-images"  # label of pods that do nothing else
DESIRED_ANNOTATION = "clusterupgrade.io/desired-version"

BEHAVIOUR = {
    "workSeconds": None,     # how long the program runs (default: the agent's)
    "pendingSeconds": 0,     # before the container starts; very long: it never does
    "rejects": "",           # the kubelet does not admit the pod, for this reason ("OutOfcpu"): no container runs
    "pullSeconds": 0,        # an image that is not on the node yet takes so long
    "imageProblem": "",      # or cannot be had, for this reason ("ErrImagePull", "InvalidImageName")
    "failTimes": 0,          # so many runs end with exit status 1 and change nothing
    "notReadySeconds": 0,    # Ready=False for so long, from before the version changes until after it
    "newBoot": False,        # another bootID comes with the new version
    "neverBack": False,      # Ready=False at the end of the work, and for ever
    "keepVersion": False,    # the program succeeds, the version stays
    "killOwnPod": False,     # the version changes and the pod ends Failed (a reboot took it)
}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ready_condition(ready):
    status, reason = ("True", "KubeletReady") if ready else ("False", "KubeletNotReady")
    return {"type": "Ready", "status": status, "reason": reason, "message": "set by the test's node agent",
            "lastHeartbeatTime": now(), "lastTransitionTime": now()}


def condition_status(item, kind="Ready"):
    return next((c["status"] for c in item.get("status", {}).get("conditions", []) if c["type"] == kind), None)


def is_up(node):
    """Ready, and the taint that it was born with is gone: before that the scheduler does not count it."""
    taints = {taint["key"] for taint in node["spec"].get("taints", [])}
    return condition_status(node) == "True" and "node.kubernetes.io/not-ready" not in taints


def rancher_problem(pod):
    """What the programs of k3s-upgrade and rke2-upgrade would stumble over; "" for nothing. They look for the process
    of the distribution among the host's, write over its binary below /host and send it SIGTERM (scripts/upgrade.sh)."""
    spec, container = pod["spec"], pod["spec"]["containers"][0]
    roots = {volume["name"] for volume in spec.get("volumes", []) if volume.get("hostPath", {}).get("path") == "/"}
    mounts = [mount for mount in container.get("volumeMounts", []) if mount["mountPath"] == "/host"]
    if "command" in container or container.get("args", ["upgrade"]) != ["upgrade"]:
        return "its entrypoint is not called with `upgrade`"
    if not spec.get("hostPID"):
        return "is not running on this server"
    if not any(mount["name"] in roots and not mount.get("readOnly") for mount in mounts):
        return "cannot write /host"
    if not container.get("securityContext", {}).get("privileged"):
        return "kill: permission denied"
    return ""


def rancher_version(pod):
    """The version of the binary in one of these images: its tag, in which "+" is written "-"; None for other images."""
    name, _, tag = pod["spec"]["containers"][0]["image"].rpartition("/")[2].partition(":")
    return "+".join(tag.rsplit("-", 1)) if name in ("k3s-upgrade", "rke2-upgrade") else None


def pod_version(pod):
    """What CLUSTERUPGRADE_VERSION says in the pod's environment."""
    variables = [v for container in pod["spec"]["containers"] for v in container.get("env", [])]
    return next(v.get("value") for v in variables if v["name"] == "CLUSTERUPGRADE_VERSION")


class NodeAgent:
    """start() returns at once; the work is done in threads until stop(). `runs` lists what was run, oldest first."""

    def __init__(self, client, work_seconds=1.0):
        self.client, self.work_seconds = client, work_seconds
        self.behaviours, self.runs, self.failed, self.ready = {}, [], {}, {}
        self.images = {}  # by node, those that were pulled
        self.taken, self.lock = set(), threading.Lock()
        self.stopped, self.watchers = threading.Event(), []

    def start(self):
        watches = (("pods", JOB_NAMESPACE, self.on_job_pod), ("nodes", None, self.on_node),
                   ("pods", None, self.on_any_pod))
        self.watchers = [threading.Thread(target=self.follow, args=watch, daemon=True) for watch in watches]
        for thread in self.watchers:
            thread.start()
        return self

    def stop(self):
        """Nothing more is played; the threads end when the API server does."""
        self.stopped.set()

    def join(self):
        for thread in self.watchers:
            thread.join(timeout=2)

    def behave(self, node, **behaviour):
        """From now on `node` behaves so; without arguments: normally."""
        unknown = set(behaviour) - set(BEHAVIOUR)
        if unknown:
            raise ValueError(f"no such behaviour: {', '.join(sorted(unknown))}")
        self.behaviours[node] = behaviour
        self.failed.pop(node, None)

    def behaviour_of(self, node_name):
        node = self.insist(self.client.find, "nodes", node_name) or {"metadata": {}}
        annotation = node["metadata"].get("annotations", {}).get(BEHAVIOUR_ANNOTATION, "{}")
        return {**BEHAVIOUR, **json.loads(annotation), **self.behaviours.get(node_name, {})}

    # -- watching -----------------------------------------------------------------------------------------------
    def follow(self, resource, namespace, handle):
        while not self.stopped.is_set():
            try:
                for kind, item in self.client.watch(resource, namespace, timeout=300):
                    if self.stopped.is_set():
                        return
                    if kind in ("ADDED", "MODIFIED"):
                        handle(item)
            except (OSError, http.client.HTTPException, ApiError, ValueError):
                self.stopped.wait(0.3)  # the server is away or the history too old: list again
            finally:
                self.client.close()

    def take(self, key, work, *args):
        """Runs work(*args) in a thread, once per key."""
        with self.lock:
            if key in self.taken:
                return
            self.taken.add(key)

        def run():
            try:
                work(*args)
            finally:
                self.client.close()
        threading.Thread(target=run, daemon=True).start()

    def on_job_pod(self, pod):
        active = pod.get("status", {}).get("phase") in ("Pending", "Running")
        if active and pod["spec"].get("nodeName") and not pod["metadata"].get("deletionTimestamp"):
            self.take(pod["metadata"]["uid"], self.run_pod, pod)

    def on_node(self, node):
        name, wanted = node["metadata"]["name"], node["metadata"].get("annotations", {}).get(DESIRED_ANNOTATION)
        if wanted and wanted != node.get("status", {}).get("nodeInfo", {}).get("kubeletVersion"):
            self.take(("external", name), self.run_external, name, wanted)
        before, self.ready[name] = self.ready.get(name, "True"), condition_status(node)
        if before != "True" and self.ready[name] == "True":
            self.take(("pods", name), self.restore_pods, name)

    def on_any_pod(self, pod):
        unready = condition_status(pod) == "False" and pod["status"].get("phase") == "Running"
        node = pod["spec"].get("nodeName")
        if unready and node and pod["metadata"]["namespace"] != JOB_NAMESPACE:
            self.take(("pods", node), self.restore_pods, node)

    # -- work ---------------------------------------------------------------------------------------------------
    def run_pod(self, pod):
        node = pod["spec"]["nodeName"]
        behaviour = self.behaviour_of(node)
        if behaviour["rejects"]:
            status = {"phase": "Failed", "reason": behaviour["rejects"], "message": "Pod was rejected: not enough room"}
            self.write_status(pod, status)
            return
        if not self.pull_images(node, pod, behaviour):
            return
        if PULLS_IMAGES in pod["metadata"]["labels"]:
            self.pod_phase(pod, "Succeeded")
            return
        if self.stopped.wait(behaviour["pendingSeconds"]) or not self.pod_phase(pod, "Running"):
            return
        self.record(node, pod_version(pod), pod)
        if rancher_version(pod):
            self.run_rancher(node, pod)
            return
        self.stopped.wait(self.work_time(behaviour))
        if self.failed.get(node, 0) < behaviour["failTimes"]:
            self.failed[node] = self.failed.get(node, 0) + 1
            self.pod_phase(pod, "Failed", 1)
            return
        if not self.pod_lives(pod):
            return
        self.upgrade(node, pod_version(pod), behaviour)
        killed = behaviour["killOwnPod"]
        self.pod_phase(pod, "Failed" if killed else "Succeeded", 137 if killed else 0)

    def pull_images(self, node, pod, behaviour):
        """False when one cannot be had: the pod waits for ever."""
        missing = {container["image"] for container in pod["spec"]["containers"]} - self.images.setdefault(node, set())
        if missing and behaviour["imageProblem"]:
            waiting = {"reason": behaviour["imageProblem"], "message": "no such image"}
            containers = self.container_statuses(pod, {"waiting": waiting}, ready=False)
            self.write_status(pod, {"phase": "Pending", "containerStatuses": containers})
            return False
        if missing and self.stopped.wait(behaviour["pullSeconds"]):
            return False
        self.images[node] |= missing
        return True

    def run_rancher(self, node, pod):
        """The program ends at once; the distribution, and the kubelet in it, is started anew by systemd afterwards."""
        problem = rancher_problem(pod)
        self.pod_phase(pod, "Failed" if problem else "Succeeded", 1 if problem else 0, f"[ERROR] {problem}\n")
        if not problem:
            self.upgrade(node, rancher_version(pod), {**BEHAVIOUR, "notReadySeconds": 2})

    def run_external(self, node, version):
        behaviour = self.behaviour_of(node)
        self.record(node, version, None)
        self.stopped.wait(self.work_time(behaviour))
        found = self.insist(self.client.find, "nodes", node)
        with self.lock:
            self.taken.discard(("external", node))
        if found and found["metadata"].get("annotations", {}).get(DESIRED_ANNOTATION) == version:
            self.upgrade(node, version, behaviour)

    def work_time(self, behaviour):
        return self.work_seconds if behaviour["workSeconds"] is None else behaviour["workSeconds"]

    def record(self, node, version, pod):
        annotations = pod["metadata"].get("annotations", {}) if pod else {}
        self.runs.append({"node": node, "version": version, "time": time.time(), "pod": pod and pod["metadata"]["name"],
                          "containers": pod["spec"]["containers"] if pod else [],
                          "attempt": annotations.get("clusterupgrade.io/attempt")})

    def upgrade(self, node, version, behaviour):
        """What the program does to its machine."""
        if behaviour["notReadySeconds"]:
            self.patch_node(node, {"conditions": [ready_condition(False)]})
            self.stopped.wait(behaviour["notReadySeconds"] / 2)
        info = {} if behaviour["keepVersion"] else {"kubeletVersion": version, "kubeProxyVersion": version}
        if behaviour["newBoot"]:
            info["bootID"] = str(uuid.uuid4())
        if info:
            self.patch_node(node, {"nodeInfo": info})
        if behaviour["notReadySeconds"]:
            self.stopped.wait(behaviour["notReadySeconds"] / 2)
        if behaviour["neverBack"]:
            self.patch_node(node, {"conditions": [ready_condition(False)]})
        elif behaviour["notReadySeconds"]:
            self.patch_node(node, {"conditions": [ready_condition(True)]})

    def restore_pods(self, node_name):
        """A kubelet that is back says so for its pods, which the node controller has marked un-Ready."""
        node = self.insist(self.client.find, "nodes", node_name)
        with self.lock:
            self.taken.discard(("pods", node_name))
        if not node or condition_status(node) != "True":
            return
        for pod in self.insist(self.client.list, "pods", fields=f"spec.nodeName={node_name},status.phase=Running"):
            meta = pod["metadata"]
            kept = meta["namespace"] == JOB_NAMESPACE or UNREADY_ANNOTATION in meta.get("annotations", {})
            if not kept and condition_status(pod) == "False":
                ready = {"type": "Ready", "status": "True", "lastTransitionTime": now()}
                self.insist(self.client.patch, "pods", meta["name"], {"status": {"conditions": [ready]}},
                            meta["namespace"], "status", "strategic")

    # -- writing ------------------------------------------------------------------------------------------------
    def insist(self, call, *args, **options):
        """Calls until the server has answered; None when the object is gone."""
        while True:
            try:
                return call(*args, **options)
            except ApiError as error:
                if error.code in (404, 409, 422):
                    return None
                if error.code < 429:
                    raise
            except (OSError, http.client.HTTPException):
                pass
            if self.stopped.wait(0.2):
                return None

    def patch_node(self, name, status):
        return self.insist(self.client.patch, "nodes", name, {"status": status}, None, "status", "strategic")

    def pod_lives(self, pod):
        found = self.insist(self.client.find, "pods", pod["metadata"]["name"], JOB_NAMESPACE)
        return bool(found) and found["metadata"]["uid"] == pod["metadata"]["uid"]

    def pod_phase(self, pod, phase, exit_code=0, last_words="fetching the release\nno space left on device\n"):
        """Writes the pod's status; None when the pod is gone."""
        state = {"running": {"startedAt": now()}}
        if phase != "Running":
            reason = "Completed" if exit_code == 0 else "Error"
            state = {"terminated": {"exitCode": exit_code, "reason": reason, "startedAt": now(), "finishedAt": now()}}
            if exit_code:
                state["terminated"]["message"] = last_words
        containers = self.container_statuses(pod, state, ready=phase == "Running")
        ready = {"status": "True" if phase == "Running" else "False", "lastTransitionTime": now()}
        status = {"phase": phase, "containerStatuses": containers,
                  "conditions": [dict(ready, type="Ready"), dict(ready, type="ContainersReady")]}
        if phase == "Running":
            status["startTime"] = now()
        return self.write_status(pod, status)

    def container_statuses(self, pod, state, ready):
        return [{"name": c["name"], "image": c["image"], "imageID": "", "ready": ready, "started": ready,
                 "restartCount": 0, "state": state} for c in pod["spec"]["containers"]]

    def write_status(self, pod, status):
        body = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": status}
        return self.insist(self.client.patch, "pods", pod["metadata"]["name"], body, JOB_NAMESPACE, "status", "merge")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--work-seconds", type=float, default=1.0)
    args = parser.parse_args()
    NodeAgent(Client.from_kubeconfig(args.kubeconfig), args.work_seconds).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
