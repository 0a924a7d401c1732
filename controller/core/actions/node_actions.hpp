#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Applies to Nodes. None is forced: a field that a person has set stays theirs.
namespace cu::core {

Handling HandlingOf(const planner::CordonNode& action);
base::Result<port::Request> RequestFor(const planner::CordonNode& action, const Place& place);

Handling HandlingOf(const planner::ReleaseNode& action);
base::Result<port::Request> RequestFor(const planner::ReleaseNode& action, const Place& place);

Handling HandlingOf(const planner::SetNodeHints& action);
base::Result<port::Request> RequestFor(const planner::SetNodeHints& action, const Place& place);

}  // namespace cu::core
