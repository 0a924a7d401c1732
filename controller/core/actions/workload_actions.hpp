#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Workloads whose pods are to be replaced.
namespace cu::core {

Handling HandlingOf(const planner::RestartWorkload& action);
base::Result<port::Request> RequestFor(const planner::RestartWorkload& action, const Place& place);

}  // namespace cu::core
