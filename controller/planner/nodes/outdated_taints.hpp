#pragma once
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

/// spec.drain.preferUpgradedNodes. Nodes that are still to be drained carry a taint
/// (planner/target/outdated_taint), so that evicted pods land on others where there is room.
/// status.outdated_tainted is written ahead of the first one; whose taint it is, it says itself, so
/// that nothing else has to survive a crash.
namespace cu::planner {

struct OutdatedTaints {
  bool unfinished = false;  ///< status.outdated_tainted as it ought to be
  TaintMemory memory;
  /// Of nodes in work: before anything else that is done to them.
  std::vector<Action> first;
  Contribution add;
};
/// Once a node of the run is drained, the others that are to be get the taint; not the only one
/// that is left, if no pod could go elsewhere. It is removed when a node's work begins or it is not
/// to be drained after all, and from all nodes when the object is deleted and when the upgrade has
/// been paused or stalled for more than a minute. A taint that somebody takes away, or puts there,
/// is left to them. To be asked once it is decided which nodes are started.
OutdatedTaints TaintOutdatedNodes(const Planning& planning, TaintMemory memory);

/// Whether a ClusterUpgrade, this one or another, has set the taint.
bool IsTainted(const api::Node& node);

/// Removes taints of ClusterUpgrades that no longer exist. `tainted`: every node that IsTainted.
/// Pre: the first two come from current reflectors.
Contribution RemoveOrphanedTaints(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                  const std::vector<const api::Node*>& tainted,
                                  const ActionResults& results,
                                  TaintMemory& memory,
                                  base::SteadyTime now);

}  // namespace cu::planner
