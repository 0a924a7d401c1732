#pragma once
#include <vector>

#include "planner/model/memory.hpp"
#include "planner/target/hold.hpp"

namespace cu::planner {

/// NodesUnhealthy: when there has been nothing to do for 15 minutes but to wait for nodes that are
/// not Ready, WaitingForNodes becomes a matter for a person. `at_work`: nodes are in work, or start
/// now. Private to planner/.
void StallIfUnhealthyForLong(base::SteadyTime now,
                             bool at_work,
                             std::vector<Hold>& holds,
                             GateMemory& memory);

}  // namespace cu::planner
