#pragma once
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Whether a ClusterUpgrade, this one or another, has marked the node as cordoned by it.
bool IsMarked(const api::Node& node);

/// Nodes that carry the mark of a ClusterUpgrade that no longer exists are given back, node hints
/// first, once no unfinished Job of ours is left on them. `marked`: every node that IsMarked,
/// in the order in which they are given back. Pre: the first three come from current reflectors.
std::vector<Action> ReleaseOrphans(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                   const std::vector<const api::Node*>& marked,
                                   const api::ObjectMap<api::Job>& jobs,
                                   const ActionResults& results);

/// Finished Jobs of a ClusterUpgrade that no longer exists: each is to go away after an hour.
/// Pre: both maps come from current reflectors.
std::vector<Action> ExpireOrphanedJobs(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                       const api::ObjectMap<api::Job>& jobs);

}  // namespace cu::planner
