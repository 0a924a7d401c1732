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
};
PoolUse UseOf(const Planning& planning, const std::string& pool);

}  // namespace cu::planner
