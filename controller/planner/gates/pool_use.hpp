#pragma once
#include <string>
#include <vector>

#include "planner/model/planning.hpp"

namespace cu::planner {

/// How much of a pool's budget is used up. Private to planner/.
struct PoolUse {
  int budget = 1;                      ///< nodes that may be unavailable at once
  int unavailable = 0;                 ///< in work, or not Ready by themselves
  std::vector<std::string> unhealthy;  ///< not Ready by themselves, not in work
  /// At the target, with our cordon: to be verified once no Job runs on them.
  std::vector<std::string> with_job;
  /// Nodes of it were deleted in progress and are not replaced yet.
  bool awaits_replacement = false;
};
PoolUse UseOf(const Planning& planning, const std::string& pool);

/// Waits to be started and is not Ready by itself, in a pool with unhealthyNodes: Ignore: neither
/// later pools nor nodes that come back wait for it.
bool IsPassedOver(const Planning& planning, const NodeView& view);

}  // namespace cu::planner
