#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// WaitingForOther: another ClusterUpgrade still has nodes in work.
GateResult AskOthers(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
