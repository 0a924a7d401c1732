#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// WaitingForWatches: nothing is started on an old view of the cluster.
GateResult AskFreshness(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
