#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/objects.hpp"
#include "planner/model/action.hpp"
#include "planner/model/world.hpp"

/// Pods that are kept as PodTemplates of ours until they run again (spec.drain.unmanagedPods:
/// Recreate).
namespace cu::planner {

/// status.savedPodDigests holds no more (crds/: maxItems).
inline constexpr std::size_t kSavedMax = 200;

/// A PodTemplate of ours, and the pod that it keeps.
struct KeptPod {
  const api::SavedPod* saved = nullptr;
  std::string pod_key;  ///< "namespace/name"
  std::string pod_uid;
  std::string node;
};

/// The pod that was created in its place, as far as is known; or null.
const api::Pod* SuccessorOf(const World& world, const KeptPod& kept);

/// Those of the object, of the watch in `world`, that the durable status knows: whoever may create
/// PodTemplates can make one that says anything. The world outlives it.
class KeptPods {
 public:
  explicit KeptPods(const World& world);

  const std::vector<KeptPod>& all() const { return all_; }
  /// PodTemplates that say they are the object's, and that it has not saved so.
  const std::vector<const api::SavedPod*>& refused() const { return refused_; }
  bool Keeps(const std::string& pod_uid) const { return uids_.contains(pod_uid); }
  /// Whether a pod may be taken away from its node: it does not have to be saved, or its
  /// PodTemplate is durable and will not be deleted while it lives; and the server does not refuse
  /// to create again what was saved in its namespace. `deleted`: UIDs of PodTemplates whose
  /// deletion was wanted.
  bool MayLeave(const api::Pod& pod, const std::set<std::string>& deleted) const;
  /// What has to be done before a pod can be saved, in words; "" if it is under way.
  std::string WhyNotSaved(const api::Pod& pod) const;

 private:
  const World* world_;
  std::vector<KeptPod> all_;
  std::vector<const api::SavedPod*> refused_;
  std::set<std::string> uids_;  ///< of the pods
  /// Namespaces in which a saved pod cannot be created again, and what the server says.
  std::map<std::string, std::string> refusing_;
};

/// spec.drain.unmanagedPods is Recreate.
bool RecreatesPods(const api::ClusterUpgrade& upgrade);
/// Nobody would create it again.
bool IsUnmanaged(const api::Pod& pod);
/// The action that keeps `pod`.
SavePodTemplate SaveOf(const api::Metadata& upgrade, const api::Pod& pod, std::string manifest);

}  // namespace cu::planner
