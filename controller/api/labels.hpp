#pragma once
#include <string_view>

#include "base/program.hpp"

/// Labels, annotations, field managers and the finalizer: names that users and other controllers
/// see (the contract: crds/, README).
namespace cu::api {

inline constexpr std::string_view kFieldManager = base::kProgram;
/// Applies the node hints, so that a conflict with a user's value touches nothing else.
/// The value is the one under which nodes of running clusters list its fields.
inline constexpr std::string_view kHintsFieldManager = "cluster-upgrade-controller-marks";
/// Patches the taint kOutdated.
inline constexpr std::string_view kTaintsFieldManager = "cluster-upgrade-controller-taints";
/// Applies the mark of a run, which stays on the node.
inline constexpr std::string_view kRunsFieldManager = "cluster-upgrade-controller-runs";
inline constexpr std::string_view kFinalizer = "clusterupgrade.io/release";

inline constexpr std::string_view kCordonedBy = "clusterupgrade.io/cordoned-by";
inline constexpr std::string_view kDesiredVersion = "clusterupgrade.io/desired-version";
/// On nodes that have been through the run of that spec.runID.
inline constexpr std::string_view kRunId = "clusterupgrade.io/run-id";
inline constexpr std::string_view kExclude = "clusterupgrade.io/exclude";
inline constexpr std::string_view kKeepCordoned = "clusterupgrade.io/keep-cordoned";
/// On a workload, or on a pod without a controller: a RefreshMethod, instead of the spec's.
inline constexpr std::string_view kRefresh = "clusterupgrade.io/refresh";
inline constexpr std::string_view kRetry = "clusterupgrade.io/retry";

/// Taint of nodes that are still to be drained, with the UID of the ClusterUpgrade as its value.
inline constexpr std::string_view kOutdated = "clusterupgrade.io/outdated";
inline constexpr std::string_view kPreferNoSchedule = "PreferNoSchedule";

/// Labels of Jobs and their pods; annotations of the same keys hold the exact values.
inline constexpr std::string_view kJobUpgrade = "clusterupgrade.io/upgrade";
inline constexpr std::string_view kJobNode = "clusterupgrade.io/node";
inline constexpr std::string_view kJobVersion = "clusterupgrade.io/version";
inline constexpr std::string_view kJobAttempt = "clusterupgrade.io/attempt";
inline constexpr std::string_view kJobStage = "clusterupgrade.io/stage";
/// Label of a Job, and its pod, that pulls images alone. It stands for no attempt: of the keys
/// above it has the labels without the annotations.
inline constexpr std::string_view kJobPullsImages = "clusterupgrade.io/pulls-images";
/// Annotation only.
inline constexpr std::string_view kJobUpgradeUid = "clusterupgrade.io/upgrade-uid";

/// On PodTemplates that save a pod, and on the pod that was created again: label, any value.
inline constexpr std::string_view kSavedPod = "clusterupgrade.io/saved-pod";
/// Annotations of both: what was saved, for whom.
inline constexpr std::string_view kSavedPodName = "clusterupgrade.io/pod-name";
inline constexpr std::string_view kSavedPodUid = "clusterupgrade.io/pod-uid";
inline constexpr std::string_view kSavedPodNode = "clusterupgrade.io/pod-node";
/// Annotation of the PodTemplate: the very text that was saved. The server writes its own defaults
/// into a template, other ones after its own upgrade.
inline constexpr std::string_view kSavedPodManifest = "clusterupgrade.io/manifest";
/// Annotation of the pod that was created again: DigestOf what was saved.
inline constexpr std::string_view kSavedPodDigest = "clusterupgrade.io/saved-digest";

inline constexpr std::string_view kControlPlaneLabel = "node-role.kubernetes.io/control-plane";
inline constexpr std::string_view kEtcdLabel = "node-role.kubernetes.io/etcd";

/// The ConfigMap with the authorities of the API servers that kube-controller-manager keeps in each
/// namespace (k8s.io/kubernetes pkg/controller/certificates/rootcacertpublisher).
inline constexpr std::string_view kRootAuthority = "kube-root-ca.crt";
/// Label of the Leases in kube-system by which API servers say that they are there
/// (k8s.io/kubernetes pkg/controlplane/instance.go).
inline constexpr std::string_view kApiServerIdentity =
    "apiserver.kubernetes.io/identity=kube-apiserver";

/// The node hints, for load balancers and autoscalers:
/// https://kubernetes.io/docs/reference/labels-annotations-taints/
inline constexpr std::string_view kExcludeFromLoadBalancers =
    "node.kubernetes.io/exclude-from-external-load-balancers";
inline constexpr std::string_view kScaleDownDisabled =
    "cluster-autoscaler.kubernetes.io/scale-down-disabled";
inline constexpr std::string_view kDoNotDisrupt = "karpenter.sh/do-not-disrupt";
/// On pods that ask not to be disturbed, besides kDoNotDisrupt: "false" and "true".
inline constexpr std::string_view kSafeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict";
inline constexpr std::string_view kDoNotEvict = "karpenter.sh/do-not-evict";
/// Their values. The label's is the one that kubeadm gives its control-plane nodes: equal values
/// are no conflict.
inline constexpr std::string_view kExcludeFromLoadBalancersValue{};
inline constexpr std::string_view kScaleDownDisabledValue = "true";
inline constexpr std::string_view kDoNotDisruptValue = "true";

}  // namespace cu::api
