#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// The ClusterUpgrade itself, but for its status (core/status_writer.hpp).
namespace cu::core {

Handling HandlingOf(const planner::SetFinalizer& action);
base::Result<port::Request> RequestFor(const planner::SetFinalizer& action, const Place& place);

}  // namespace cu::core
