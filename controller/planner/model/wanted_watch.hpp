#pragma once
#include <compare>
#include <string>

namespace cu::planner {

/// What a plan may want watched besides the standing collections.
/// kPodsOnNode   pods with spec.nodeName = name, in all namespaces
/// kNodeLease    Lease `name` in kube-node-lease
/// kOwnReplicas  pods of the controller's own namespace with its label (name is "")
/// kControlPlanePods  static pods of the control plane, as kubeadm labels them (name is "")
/// kServerVersion  GET /version, asked again every 5 minutes while wanted (name is "")
/// kDeprecatedApis  the API server's word on deprecated APIs that clients request, asked again
///               every 5 minutes while wanted (name is "")
/// kVolumeAttachments  those of all nodes (name is "")
/// kVolume       PersistentVolume `name`
/// kWholePod     pod `name` ("namespace/name") with its manifest
/// kDaemonSet    DaemonSet `name` ("namespace/name")
/// kSavedPods    PodTemplates of ours, in all namespaces (name is "")
/// kRecreatedPods  pods that were created again, in all namespaces (name is "")
/// kWorkloadPods  pods of namespace `name`, as far as the counts of workloads need them
/// kSelectedPods  pods by namespace and labels: `name` is "namespace/selector", "namespace/" for
///               all of them
/// kDeployment, kStatefulSet, kReplicaSet, kReplicationController  the one `name`
///               ("namespace/name")
/// kValidatingWebhooks, kMutatingWebhooks  the webhooks of admission (name is "")
/// kEndpoints    EndpointSlices of Service `name` ("namespace/name")
/// kAuthority    ConfigMap kube-root-ca.crt of the controller's own namespace (name is "")
/// kAuthorities  those of all namespaces (name is "")
/// kApiServers   the Leases of the API servers (name is "")
/// kKeySet       the keys that API servers accept, asked again every minute while wanted (name
///               is "")
/// kSurvey       a look at every pod of the cluster (name is "")
enum class WatchKind {
  kPodsOnNode,
  kNodeLease,
  kOwnReplicas,
  kControlPlanePods,
  kServerVersion,
  kDeprecatedApis,
  kVolumeAttachments,
  kVolume,
  kWholePod,
  kDaemonSet,
  kSavedPods,
  kRecreatedPods,
  kWorkloadPods,
  kSelectedPods,
  kDeployment,
  kStatefulSet,
  kReplicaSet,
  kReplicationController,
  kValidatingWebhooks,
  kMutatingWebhooks,
  kEndpoints,
  kAuthority,
  kAuthorities,
  kApiServers,
  kKeySet,
  kSurvey
};

struct WantedWatch {
  WatchKind kind = WatchKind::kPodsOnNode;
  std::string name;
  auto operator<=>(const WantedWatch&) const = default;
};

}  // namespace cu::planner
