#pragma once
#include "base/result.hpp"
#include "core/actions/handling.hpp"

/// Pods that go, and pods that are kept and created again.
namespace cu::core {

Handling HandlingOf(const planner::EvictPod& action);
base::Result<port::Request> RequestFor(const planner::EvictPod& action, const Place& place);

Handling HandlingOf(const planner::DeletePod& action);
base::Result<port::Request> RequestFor(const planner::DeletePod& action, const Place& place);

Handling HandlingOf(const planner::SavePodTemplate& action);
base::Result<port::Request> RequestFor(const planner::SavePodTemplate& action, const Place& place);

Handling HandlingOf(const planner::RecreatePod& action);
base::Result<port::Request> RequestFor(const planner::RecreatePod& action, const Place& place);

Handling HandlingOf(const planner::DeletePodTemplate& action);
base::Result<port::Request> RequestFor(const planner::DeletePodTemplate& action,
                                       const Place& place);

}  // namespace cu::core
