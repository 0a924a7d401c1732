#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// Holds nothing: watches the pods of the next node, and what its drain is judged by besides, while
/// the last is being verified, so that no time is lost between.
GateResult LookAhead(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
