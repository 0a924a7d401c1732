#pragma once
#include <vector>

#include "planner/model/planning.hpp"

/// The wait for volumes of evicted pods, so that stateful pods can start elsewhere. Private to
/// planner/.
namespace cu::planner {

/// How many different claims these pods mount.
int CountClaims(const std::vector<const PodPlan*>& pods);

/// Whether the drain of this node is followed by a wait for its volumes: a pod that leaves mounts a
/// claim, and spec.drain.volumeDetachTimeoutSeconds is not 0.
bool HasVolumesToDetach(const Planning& planning, const api::NodeInWork& entry);

/// What is attached to a node beyond what the pods on it can need.
struct Attached {
  bool listed = false;
  /// All attachments of the node while they are more than the claims of its pods. Which of them
  /// belong to pods that stay is unknown: it would take the permission to read claims. Claims of
  /// volumes that are never attached (NFS) make the count too generous: then the wait is short.
  std::vector<const api::VolumeAttachment*> volumes;
};
Attached FindAttached(const World& world,
                      const std::string& node,
                      const api::ObjectMap<api::Pod>& pods);

}  // namespace cu::planner
