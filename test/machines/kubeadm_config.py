"""The documents that kubeadm is given, as Python objects (JSON is YAML)."""
import json

TOKEN = "abcdef.0123456789abcdef"
CERTIFICATE_KEY = "0123456789abcdef" * 4
API = "kubeadm.k8s.io/v1beta4"
POD_SUBNET, SERVICE_SUBNET = "10.244.0.0/16", "10.96.0.0/16"


def registration(address):
    # These machines share a kernel and its cgroups: preflight could never be content with them.
    return {"criSocket": "unix:///run/containerd/containerd.sock", "ignorePreflightErrors": ["all"],
            "kubeletExtraArgs": [{"name": "node-ip", "value": address}]}


def documents(*objects):
    return "\n---\n".join(json.dumps(each, indent=1) for each in objects)


def init(version, address, endpoint):
    """For the first control-plane machine."""
    return documents(
        {"apiVersion": API, "kind": "InitConfiguration", "bootstrapTokens": [{"token": TOKEN, "ttl": "0s"}],
         "certificateKey": CERTIFICATE_KEY, "nodeRegistration": registration(address),
         "localAPIEndpoint": {"advertiseAddress": address, "bindPort": 6443}},
        {"apiVersion": API, "kind": "ClusterConfiguration", "kubernetesVersion": version, "clusterName": "machines",
         "controlPlaneEndpoint": f"{endpoint}:6443",
         "networking": {"podSubnet": POD_SUBNET, "serviceSubnet": SERVICE_SUBNET}},
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "cgroupfs",
         "failCgroupV1": False, "failSwapOn": False, "oomScoreAdj": 0, "imageGCHighThresholdPercent": 100,
         "evictionHard": {"nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%"}},
        {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "iptables",
         "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}})


def join(address, endpoint, control_plane):
    config = {
        "apiVersion": API, "kind": "JoinConfiguration", "nodeRegistration": registration(address),
        "discovery": {"bootstrapToken": {"token": TOKEN, "apiServerEndpoint": f"{endpoint}:6443",
                                         "unsafeSkipCAVerification": True}}}
    if control_plane:
        config["controlPlane"] = {"localAPIEndpoint": {"advertiseAddress": address, "bindPort": 6443},
                                  "certificateKey": CERTIFICATE_KEY}
    return documents(config)


def cni(pod_cidr):
    """Pods on a bridge of their machine; the machines route to each other (node-prep)."""
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipMasq": False, "mtu": 1400,
              "ipam": {"type": "host-local", "ranges": [[{"subnet": pod_cidr}]], "routes": [{"dst": "0.0.0.0/0"}]}}
    return json.dumps({"cniVersion": "0.4.0", "name": "machines",
                       "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}]})
