#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// Paused: spec.paused.
GateResult AskPause(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
