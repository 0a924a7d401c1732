#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "api/requests.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// Every request body that the controller sends, as JSON text with sorted keys: equal arguments
/// give equal bytes.
namespace cu::codec {

/// JSON Patch [replace /metadata/resourceVersion, add /status]: replaces the whole status, an old
/// version gives 409, an unchanged status writes nothing (seen on kube-apiserver 1.36.3).
std::string StatusPatch(const std::string& resource_version,
                        const api::ClusterUpgradeStatus& status);
/// JSON Patch [replace /metadata/resourceVersion, add /metadata/finalizers].
std::string FinalizersPatch(const std::string& resource_version,
                            const std::vector<std::string>& finalizers);

/// Server-side apply of a Node's metadata.{uid, resourceVersion?, labels, annotations} and
/// spec.unschedulable (only when true). What is left out is given up by the field manager.
struct NodeApply {
  std::string name;
  std::string uid;
  std::string resource_version;  ///< "" = not sent
  api::StringMap labels;
  api::StringMap annotations;
  bool unschedulable = false;
};
std::string NodeApplyBody(const NodeApply& apply);

/// policy/v1 Eviction with deleteOptions.preconditions.uid.
std::string EvictionBody(const std::string& ns,
                         const std::string& name,
                         const std::string& uid,
                         std::optional<int> grace_seconds);
/// DeleteOptions with preconditions.uid; propagation "" or "Background".
std::string DeleteBody(const std::string& uid, const std::string& propagation);

/// v1 PodTemplate with our label and annotations.
std::string PodTemplateBody(const api::PodToSave& pod);
/// v1 Pod of a manifest, with our label and the UID of the pod before it.
std::string RecreatedPodBody(const std::string& ns,
                             const std::string& name,
                             const std::string& old_uid,
                             const std::string& manifest);
/// authorization.k8s.io/v1 SelfSubjectAccessReview for the core group, in all namespaces.
std::string AccessReviewBody(const std::string& verb, const std::string& resource);

/// batch/v1 Job as API contract "Jobs" says: what the controller always sets wins over the
/// template, defaults fill where it is silent.
base::Result<std::string> JobBody(const api::JobRequest& job, const std::string& ns);
/// A label value made of any text: '+' is written '_'; over 63 bytes: the first 52, '-', 10 hex
/// digits of its SHA-256; ends and odd characters made legal.
std::string LabelValue(const std::string& text);
/// Merge patch of spec.ttlSecondsAfterFinished with metadata.uid as guard.
std::string JobTtlPatch(const std::string& uid, int ttl_seconds);

struct LeaseBodyInput {
  std::string name;
  std::string ns;
  std::string resource_version;  ///< "" when created
  std::string holder;            ///< "" releases
  base::WallTime acquired;
  base::WallTime renewed;
  std::int64_t transitions = 0;
  int duration_seconds = 15;
};
std::string LeaseBody(const LeaseBodyInput& input);

struct EventBodyInput {
  std::string name;
  std::string ns;
  std::string regarding_kind;  ///< "ClusterUpgrade" or "Node"
  std::string regarding_name;
  std::string regarding_uid;
  std::string related_node;  ///< "" = none
  std::string related_node_uid;
  bool warning = false;
  std::string reason;
  std::string action;
  std::string note;
  std::string instance;  ///< reportingInstance: our identity
  base::WallTime time;
};
/// events.k8s.io/v1 Event.
std::string EventBody(const EventBodyInput& input);

}  // namespace cu::codec
