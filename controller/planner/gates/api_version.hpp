#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// WaitingForServerVersion: no API server is among the nodes, and its version is not known yet.
GateResult AskApiVersion(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
