#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// Which nodes of the pool in turn may be started, or why none may: LookingAtNode, PreflightRefused
/// (of single nodes), WaitingForWorkloads, WaitingForNodes, WaitingForJob.
GateResult AskStart(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
