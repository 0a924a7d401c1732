#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/finding.hpp"

/// status.warnings: at most 20, the rest reported as Events. Private to planner/.
namespace cu::planner {

/// What does not fit into the status: reported once each.
struct WarningOverflow {
  std::set<std::uint64_t> reported;  ///< hashes of the lines reported so far
  std::vector<Finding> findings;     ///< to be reported now
};

/// Adds findings that only warn, without repetitions. `begun`: what does not fit is counted as
/// well, once.
void AddWarnings(api::ClusterUpgradeStatus& status,
                 const std::vector<Finding>& findings,
                 bool begun,
                 WarningOverflow& overflow);

/// The same for what preflight finds, and `more` that it could not name. The warnings of an upgrade
/// that has not begun are what preflight finds now.
void AddPreflightWarnings(api::ClusterUpgradeStatus& status,
                          const std::vector<Finding>& findings,
                          int more,
                          bool begun,
                          WarningOverflow& overflow);

}  // namespace cu::planner
