#pragma once
#include <set>
#include <string>
#include <vector>

#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

/// The wait for volumes of evicted pods, so that stateful pods can start elsewhere. Private to
/// planner/.
namespace cu::planner {

/// Takes down the claims that the pods mount which have to leave.
void NoteClaims(const std::vector<const PodPlan*>& leaving,
                api::NodeInWork& entry,
                NodeMemory& memory);

/// Whether the drain of this node is followed by a wait for its volumes: a pod that leaves mounts a
/// claim, and spec.drain.volumeDetachTimeoutSeconds is not 0.
bool HasVolumesToDetach(const Planning& planning, const api::NodeInWork& entry);

/// What is attached to a node and was mounted by pods that have left.
struct Attached {
  bool listed = false;
  std::vector<const api::VolumeAttachment*> volumes;
  /// PersistentVolumes whose claim is to be looked up; the next ones follow once these are known.
  std::set<std::string> unknown;
};
/// A volume counts if its claim was mounted by a pod that has left and is by none that is there.
/// As long as it is not known whose some are (no permission to watch PersistentVolumes, or another
/// process has seen pods leave), those count while more volumes are attached than the pods that are
/// there have claims.
Attached FindAttached(const World& world,
                      const api::NodeInWork& entry,
                      const api::ObjectMap<api::Pod>& pods,
                      NodeMemory& memory);

}  // namespace cu::planner
