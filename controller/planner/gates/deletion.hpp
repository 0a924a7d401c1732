#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// Deleting: an object that is being deleted starts nothing.
GateResult AskDeletion(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
