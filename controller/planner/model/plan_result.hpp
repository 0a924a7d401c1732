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

namespace cu::planner {

/// `status` is what ought to be in the object; the caller writes it when it differs. When its
/// Intent differs, it must be durable before any of `actions` may be sent (and then a new plan is
/// made).
struct Plan {
  api::ClusterUpgradeStatus status;
  std::vector<Act> actions;  ///< all that is wanted now, in order of importance
  std::set<WantedWatch> watches;
  Memory memory;
  std::vector<Finding> refusals;  ///< findings that hold the upgrade or a node, at most 20
  /// Findings that only warn and found no room in status.warnings, each once: it gets an Event.
  std::vector<Finding> overflow;
  /// The next instant at which a plan may differ though nothing else changed.
  std::optional<base::SteadyTime> next_look;
};

}  // namespace cu::planner
