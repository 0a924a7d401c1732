#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// ControlPlaneNodeFailed, TooManyFailed: failures that stop everything.
GateResult AskFailures(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
