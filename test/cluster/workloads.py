"""Nodes and workloads as plain objects, and a way to create them."""
import uuid

from api_client import ApiError

RESOURCES = {"Node": "nodes", "Namespace": "namespaces", "Pod": "pods", "Deployment": "deployments",
             "StatefulSet": "statefulsets", "DaemonSet": "daemonsets", "PodDisruptionBudget": "poddisruptionbudgets",
             "Job": "jobs", "ResourceQuota": "resourcequotas",
             "ReplicationController": "replicationcontrollers", "ClusterUpgrade": "clusterupgrades"}
CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane"
HUMAN = "alice"  # the user who does what people do


def node(name, version="v1.35.4", control_plane=False, labels=None):
    """A Node as a kubelet would register it; kwok makes it Ready."""
    all_labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    if control_plane:
        all_labels[CONTROL_PLANE_LABEL] = ""
    all_labels.update(labels or {})
    taint = {"key": CONTROL_PLANE_LABEL, "effect": "NoSchedule"}
    info = {"kubeletVersion": version, "kubeProxyVersion": version, "bootID": str(uuid.uuid4()),
            "operatingSystem": "linux", "architecture": "amd64", "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": "6.1.0", "osImage": "Debian GNU/Linux 12 (bookworm)", "machineID": "", "systemUUID": ""}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": all_labels},
            "spec": {"taints": [taint]} if control_plane else {}, "status": {"nodeInfo": info}}


def pod_spec(node_name=None, empty_dir=False):
    container = {"name": "main", "image": "registry.example.com/app:1"}
    spec = {"containers": [container]}
    if empty_dir:
        spec["volumes"] = [{"name": "scratch", "emptyDir": {}}]
        container["volumeMounts"] = [{"name": "scratch", "mountPath": "/scratch"}]
    if node_name:
        spec["nodeName"] = node_name
    return spec


def times(start=None, run=None, termination=None):
    """The annotations that tell kwok how long a pod takes; see stages/pod.yaml."""
    given = {"start": start, "run": run, "termination": termination}
    return {f"test.clusterupgrade.io/{key}": value for key, value in given.items() if value}


def template(name, annotations=None, spec=None):
    return {"metadata": {"labels": {"app": name}, "annotations": annotations or {}}, "spec": spec or pod_spec()}


def pod(name, namespace="default", annotations=None, **spec):
    """A stand-alone pod: nobody makes it again."""
    return {"apiVersion": "v1", "kind": "Pod", "spec": pod_spec(**spec),
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": name},
                         "annotations": annotations or {}}}


def controlled(kind, name, namespace, spec):
    spec["selector"] = {"matchLabels": {"app": name}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def deployment(name, replicas, namespace="default", annotations=None, empty_dir=False):
    """Spread evenly over the nodes that take pods."""
    spec = pod_spec(empty_dir=empty_dir)
    spec["topologySpreadConstraints"] = [{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "nodeTaintsPolicy": "Honor", "labelSelector": {"matchLabels": {"app": name}}}]
    return controlled("Deployment", name, namespace,
                      {"replicas": replicas, "template": template(name, annotations, spec)})


def stateful_set(name, replicas, namespace="default", annotations=None):
    return controlled("StatefulSet", name, namespace, {
        "replicas": replicas, "serviceName": name, "podManagementPolicy": "Parallel",
        "template": template(name, annotations)})


def daemon_set(name, namespace="default", annotations=None):
    spec = pod_spec()
    spec["tolerations"] = [{"operator": "Exists"}]
    return controlled("DaemonSet", name, namespace, {"template": template(name, annotations, spec)})


def replication_controller(name, replicas, namespace="default"):
    return {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": name, "namespace": namespace},
            "spec": {"replicas": replicas, "selector": {"app": name}, "template": template(name)}}


def job(name, run, namespace="default"):
    """One pod that runs so long; its first failure is that of the Job."""
    spec = {**pod_spec(), "restartPolicy": "Never"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": namespace},
            "spec": {"backoffLimit": 0, "template": template(name, times(run=run), spec)}}


def budget(name, namespace="default", **limit):
    """A PodDisruptionBudget for the pods of app `name`: min_available=… or max_unavailable=…."""
    keys = {"min_available": "minAvailable", "max_unavailable": "maxUnavailable"}
    spec = {"selector": {"matchLabels": {"app": name}}, **{keys[key]: value for key, value in limit.items()}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": spec,
            "metadata": {"name": name, "namespace": namespace}}


def held_budget(name, replicas, namespace="default"):
    """Allows no eviction while all `replicas` are to stay: preflight warns of it and lets it be. Cluster.let_go opens
    it."""
    return budget(name, namespace, min_available=replicas)


def quota(name, namespace="default", **hard):
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name, "namespace": namespace},
            "spec": {"hard": {key: str(value) for key, value in hard.items()}}}


def namespace_object(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def upgrade(name="production", version="v1.36.3", executor="Job", pre_pull=True, **spec):
    """A ClusterUpgrade with quick verification; **spec goes into its spec."""
    body = {"version": version, "executor": {"type": executor, "prePull": pre_pull}, "verify": {"minReadySeconds": 1}}
    if executor == "Job":
        container = {"name": "upgrade", "image": "registry.example.com/upgrade:1", "command": ["upgrade"]}
        body["executor"]["job"] = {"template": {"spec": {"containers": [container]}}}
    body.update(spec)
    return {"apiVersion": "clusterupgrade.io/v1alpha1", "kind": "ClusterUpgrade", "metadata": {"name": name},
            "spec": body}


def create(client, *objects):
    """Applies the objects in order; a namespace is waited for until pods can be made in it."""
    for item in objects:
        namespace = item["metadata"].get("namespace")
        if item["kind"] in ("Node", "Pod"):
            client.create(RESOURCES[item["kind"]], item, namespace)
        else:
            client.apply(RESOURCES[item["kind"]], item, namespace)
        if item["kind"] == "Namespace":
            client.wait_for("serviceaccounts", "default", bool, "exists", item["metadata"]["name"])


def workload_ready(client, item):
    """Waits until every pod of the Deployment, StatefulSet, DaemonSet or Pod is Ready."""
    def ready(found):
        status = (found or {}).get("status", {})
        if item["kind"] == "Pod":
            return status.get("phase") == "Running"
        if item["kind"] == "DaemonSet":
            return status.get("desiredNumberScheduled", 0) > 0 and \
                status.get("numberReady") == status["desiredNumberScheduled"]
        return status.get("readyReplicas", 0) == item["spec"]["replicas"]

    meta = item["metadata"]
    return client.wait_for(RESOURCES[item["kind"]], meta["name"], ready, "ready", meta["namespace"])


def remove_finalizers(client, resource, name, namespace=None):
    try:
        client.patch(resource, name, {"metadata": {"finalizers": None}}, namespace)
    except ApiError as error:
        if error.code != 404:
            raise
