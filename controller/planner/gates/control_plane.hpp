#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// ControlPlaneNotUpgraded: a control-plane node that was postponed keeps the workers back.
GateResult AskControlPlane(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
