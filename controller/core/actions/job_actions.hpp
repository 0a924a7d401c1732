#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Upgrade Jobs.
namespace cu::core {

Handling HandlingOf(const planner::CreateJob& action);
/// An error: the Job cannot be made of its template.
base::Result<port::Request> RequestFor(const planner::CreateJob& action, const Place& place);

Handling HandlingOf(const planner::RehearsePod& action);
/// An error: no pod can be made of the template.
base::Result<port::Request> RequestFor(const planner::RehearsePod& action, const Place& place);

Handling HandlingOf(const planner::DeleteJob& action);
base::Result<port::Request> RequestFor(const planner::DeleteJob& action, const Place& place);

Handling HandlingOf(const planner::ExpireJob& action);
base::Result<port::Request> RequestFor(const planner::ExpireJob& action, const Place& place);

}  // namespace cu::core
