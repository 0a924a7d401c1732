#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// RefreshingTokens, RefreshFailed: no node is started while the pods of a workload are replaced
/// (tokenRefresh.mode Auto), nor before that is over after a hard change, whose old tokens are
/// refused.
GateResult AskTokens(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
