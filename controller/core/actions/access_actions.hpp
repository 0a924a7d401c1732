#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Questions about our own rights.
namespace cu::core {

Handling HandlingOf(const planner::CheckAccess& action);
base::Result<port::Request> RequestFor(const planner::CheckAccess& action, const Place& place);

}  // namespace cu::core
