#include "planner/pods/volumes.hpp"

#include <set>
#include <string>

namespace cu::planner {

int CountClaims(const std::vector<const api::Pod*>& pods) {
  std::set<std::string> claims;
  for (const api::Pod* pod : pods) {
    for (const std::string& claim : pod->claims) {
      claims.insert(pod->meta.ns + "/" + claim);
    }
  }
  return static_cast<int>(claims.size());
}

bool HasVolumesToDetach(const Planning& planning, const api::NodeInWork& entry) {
  return entry.claims > 0 && planning.spec().drain.volume_detach_timeout_seconds > 0;
}

Attached FindAttached(const World& world,
                      const std::string& node,
                      const api::ObjectMap<api::Pod>& pods) {
  const auto watched = world.attachments.find(node);
  if (watched == world.attachments.end() || !watched->second.current) {
    return {};
  }
  Attached attached{true, {}};
  for (const auto& [name, attachment] : *watched->second.items) {
    attached.volumes.push_back(&attachment);
  }
  std::vector<const api::Pod*> staying;
  for (const auto& [key, pod] : pods) {
    staying.push_back(&pod);
  }
  if (attached.volumes.size() <= static_cast<std::size_t>(CountClaims(staying))) {
    attached.volumes.clear();
  }
  return attached;
}

}  // namespace cu::planner
