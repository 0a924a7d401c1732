#include "planner/pods/volumes.hpp"

#include <set>
#include <string>

namespace cu::planner {
namespace {

void AddClaims(const api::Pod& pod, std::set<std::string>& claims) {
  for (const std::string& claim : pod.claims) {
    claims.insert(pod.meta.ns + "/" + claim);
  }
}

}  // namespace

int CountClaims(const std::vector<const PodPlan*>& pods) {
  std::set<std::string> claims;
  for (const PodPlan* plan : pods) {
    AddClaims(*plan->pod, claims);
  }
  return static_cast<int>(claims.size());
}

bool HasVolumesToDetach(const Planning& planning, const api::NodeInWork& entry) {
  return entry.claims > 0 && planning.spec().drain.volume_detach_timeout_seconds > 0;
}

Attached FindAttached(const World& world,
                      const std::string& node,
                      const api::ObjectMap<api::Pod>& pods) {
  if (world.attachments.items == nullptr || !world.attachments.current) {
    return {};
  }
  Attached attached{true, {}};
  for (const auto& [name, attachment] : *world.attachments.items) {
    if (attachment.node == node) {
      attached.volumes.push_back(&attachment);
    }
  }
  std::set<std::string> claims;
  for (const auto& [key, pod] : pods) {
    AddClaims(pod, claims);
  }
  if (attached.volumes.size() <= claims.size()) {
    attached.volumes.clear();
  }
  return attached;
}

}  // namespace cu::planner
