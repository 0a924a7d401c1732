#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// WaitingForHop: no hop begins while a node is in work for another version.
GateResult AskHop(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
