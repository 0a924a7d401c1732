#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Applies to Nodes, none of them forced: a field that a person has set stays theirs. Their list of
/// taints is no field of one manager: it is patched.
namespace cu::core {

Handling HandlingOf(const planner::CordonNode& action);
base::Result<port::Request> RequestFor(const planner::CordonNode& action, const Place& place);

Handling HandlingOf(const planner::ReleaseNode& action);
base::Result<port::Request> RequestFor(const planner::ReleaseNode& action, const Place& place);

Handling HandlingOf(const planner::MarkRun& action);
base::Result<port::Request> RequestFor(const planner::MarkRun& action, const Place& place);

Handling HandlingOf(const planner::SetNodeHints& action);
base::Result<port::Request> RequestFor(const planner::SetNodeHints& action, const Place& place);

Handling HandlingOf(const planner::SetOutdatedTaint& action);
base::Result<port::Request> RequestFor(const planner::SetOutdatedTaint& action, const Place& place);

}  // namespace cu::core
