#include "planner/pods/volumes.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

constexpr std::size_t kLookedUpAtOnce = 8;

void AddClaims(const api::Pod& pod, std::set<std::string>& claims) {
  for (const std::string& claim : pod.claims) {
    claims.insert(pod.meta.ns + "/" + claim);
  }
}

/// Those that a pod on the node may still mount: one that has ended does not.
std::set<std::string> ClaimsThere(const api::ObjectMap<api::Pod>& pods) {
  std::set<std::string> claims;
  for (const auto& [key, pod] : pods) {
    if (!pod.finished()) {
      AddClaims(pod, claims);
    }
  }
  return claims;
}

/// The claim that a PersistentVolume belongs to, "" if it is gone; null while its watch does not
/// know.
const std::string* ClaimOf(const World& world, const std::string& volume, NodeMemory& memory) {
  if (const auto known = memory.claim_of.find(volume); known != memory.claim_of.end()) {
    return &known->second;
  }
  const auto watched = world.volumes.find(volume);
  if (watched == world.volumes.end() || !watched->second.current) {
    return nullptr;
  }
  const auto found = watched->second.items->find(volume);
  const bool gone = found == watched->second.items->end();
  return &memory.claim_of.try_emplace(volume, gone ? "" : found->second.claim).first->second;
}

}  // namespace

void NoteClaims(const std::vector<const PodPlan*>& leaving,
                api::NodeInWork& entry,
                NodeMemory& memory) {
  for (const PodPlan* plan : leaving) {
    AddClaims(*plan->pod, memory.claims);
  }
  entry.claims = std::max(entry.claims, static_cast<int>(memory.claims.size()));
}

bool HasVolumesToDetach(const Planning& planning, const api::NodeInWork& entry) {
  return entry.claims > 0 && planning.spec().drain.volume_detach_timeout_seconds > 0;
}

Attached FindAttached(const World& world,
                      const api::NodeInWork& entry,
                      const api::ObjectMap<api::Pod>& pods,
                      NodeMemory& memory) {
  if (world.attachments.items == nullptr || !world.attachments.current) {
    return {};
  }
  Attached attached{true, {}, {}};
  const std::set<std::string> there = ClaimsThere(pods);
  const bool saw_all_leave = static_cast<int>(memory.claims.size()) >= entry.claims;
  std::vector<const api::VolumeAttachment*> anybodys;
  std::size_t count = 0;
  for (const auto& [name, attachment] : *world.attachments.items) {
    if (attachment.node != entry.name) {
      continue;
    }
    ++count;
    const std::string& volume = attachment.volume;
    if (volume.empty()) {  // it has no claim
      if (!saw_all_leave) {
        anybodys.push_back(&attachment);
      }
      continue;
    }
    const std::string* claim = ClaimOf(world, volume, memory);
    if (claim == nullptr) {
      anybodys.push_back(&attachment);
      if (attached.unknown.size() < kLookedUpAtOnce) {
        attached.unknown.insert(volume);
      }
    } else if (!there.contains(*claim) && (!saw_all_leave || memory.claims.contains(*claim))) {
      attached.volumes.push_back(&attachment);
    }
  }
  if (count > there.size()) {
    attached.volumes.insert(attached.volumes.end(), anybodys.begin(), anybodys.end());
  }
  return attached;
}

}  // namespace cu::planner
