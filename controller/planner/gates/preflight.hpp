#pragma once
#include "planner/gates/gate.hpp"

namespace cu::planner {

/// Preflight, PreflightRefused: before the first node is started for a version, and while paused. A
/// survey of all pods, and what the server says to dry runs of the Job, of its pod and of a cordon
/// in each pool, of the rights that the spec needs, and of what answers for admission webhooks.
/// PreflightRefused when a finding blocks, Preflight until everything is known.
GateResult AskPreflight(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
