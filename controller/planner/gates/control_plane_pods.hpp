#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// No control-plane node is started while etcd, the API server or another static pod of the control
/// plane is not Ready on another one: with etcd beside the API servers, the quorum would be lost.
GateResult AskControlPlanePods(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
