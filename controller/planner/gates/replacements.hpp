#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// No later pool is begun while a node that was deleted in progress is not replaced: it counts as a
/// node in work. (Within its own pool it uses up the budget: pool_use.)
GateResult AskReplacements(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
