#pragma once
#include <optional>
#include <set>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"
#include "planner/model/action.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/wanted_watch.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// `status` is what ought to be in the object; the caller writes it when it differs. When its
/// intent (model/intent.hpp) differs, it must be durable before any of `actions` may be sent (and
/// then a new plan is made).
struct Plan {
  api::ClusterUpgradeStatus status;
  std::vector<Action> actions;  ///< all that is wanted now, in order of importance
  std::set<WantedWatch> watches;
  Memory memory;                  ///< for the next plan of this object
  std::vector<Finding> refusals;  ///< findings that hold the upgrade or a node, at most 20
  /// Findings that only warn and found no room in status.warnings, each once: it gets an Event.
  std::vector<Finding> overflow;
  /// The next instant at which a plan may differ though nothing else changed.
  std::optional<base::SteadyTime> wake_at;
};

/// Pure: equal arguments give equal plans. `memory`: of the last plan of this object, or empty.
/// `level`: at which the status is cut at least (report/bounds.hpp). Pre: every pointer of `world`
/// but `survey` is set.
Plan MakePlan(const World& world, Memory memory, int level = 0);

}  // namespace cu::planner
