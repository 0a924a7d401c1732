"""The controller's memory in a cluster of 20,000 pods: idle, and while it surveys them and drains a node."""
import concurrent.futures
import pathlib
import time

import workloads
from api_client import wait_until
from harness import UPGRADE, Cluster
from scene import NAMESPACE, table

NODES, PODS_PER_NODE = 200, 100
OWNER = "owner"  # a ConfigMap that is every pod's controller: nothing makes or removes pods in its name
SETTLE = 10  # seconds of quiet before the idle figure is read
WRITERS = 4


def fleet_pod(number, node, owner_uid):
    """A pod bound to its node; kwok leaves it Pending (24 hours until its start)."""
    item = workloads.pod(f"pod-{number:05}", NAMESPACE, workloads.times(start="24h"), node_name=node)
    item["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "ConfigMap", "name": OWNER, "uid": owner_uid,
                                            "controller": True}]
    return item


def fill(cluster, nodes):
    client = cluster.client
    owner = client.create("configmaps", {"metadata": {"name": OWNER}}, NAMESPACE)["metadata"]["uid"]

    def write(share):
        for number in share:
            client.create("pods", fleet_pod(number, nodes[number // PODS_PER_NODE], owner), NAMESPACE)
        client.close()
    numbers = range(len(nodes) * PODS_PER_NODE)
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write, numbers[i::WRITERS]) for i in range(WRITERS)]:
            done.result()


def memory(controller, key):
    """VmRSS, or VmHWM: the peak since it was last forgotten. MiB."""
    for line in pathlib.Path(f"/proc/{controller.pid}/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


def forget_peak(controller):
    pathlib.Path(f"/proc/{controller.pid}/clear_refs").write_text("5")


def run():
    nodes = [f"node-{i:03}" for i in range(NODES)]
    with Cluster("bench-memory", control_planes=0, workers=0, work_seconds=0) as cluster:
        workloads.create(cluster.client, workloads.namespace_object(NAMESPACE))
        cluster.add_nodes(nodes)
        fill(cluster, nodes)
        # one pod that runs and takes its time to end keeps the first node's drain going
        cluster.add_workloads(workloads.pod("slow", NAMESPACE, workloads.times(termination="15s"), node_name=nodes[0]))
        controller = cluster.start_controller()
        cluster.leader()
        time.sleep(SETTLE)
        idle = memory(controller, "VmRSS")
        forget_peak(controller)
        began = time.monotonic()
        cluster.apply_upgrade(executor="External")
        cluster.wait_step("Draining", nodes[0], timeout=120)
        until_drain, peak_before = time.monotonic() - began, memory(controller, "VmHWM")
        forget_peak(controller)
        wait_until(lambda: cluster.client.list("pods", NAMESPACE, fields=f"spec.nodeName={nodes[0]}"),
                   lambda left: len(left) == 1, "only the slow pod is left", 60)
        draining = memory(controller, "VmRSS")
        cluster.wait_upgrade(lambda item: all(
            entry["name"] != nodes[0] for entry in item["status"].get("inProgress", [])), f"{nodes[0]} is done")
        peak = memory(controller, "VmHWM")
        cluster.human.delete("clusterupgrades", UPGRADE)
    return table([f"{NODES} nodes, {NODES * PODS_PER_NODE:,} pods", "MiB", "beyond idle"], [
        ["idle (leader, no ClusterUpgrade)", f"{idle:.1f}", ""],
        [f"highest from the start to the first drain ({until_drain:.1f} s)", f"{peak_before:.1f}",
         f"{peak_before - idle:+.1f}"],
        ["while one pod of the node is left", f"{draining:.1f}", f"{draining - idle:+.1f}"],
        ["highest from the drain to the node's release", f"{peak:.1f}", f"{peak - idle:+.1f}"]])
