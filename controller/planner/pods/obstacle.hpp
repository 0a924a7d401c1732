#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/pod_plan.hpp"

/// What stands in the way of a drain, in words for people: times are given, never "time left", so
/// that a message changes only with its cause.
namespace cu::planner {

/// One thing in the way, and what a sentence about it needs besides.
struct Obstacle {
  api::BlockedBy by;   ///< `since` not filled in
  std::string pod;     ///< "namespace/name" of a pod that it holds up, or ""
  std::string detail;  ///< the server's message, names of finalizers, when a grace ends; or ""
};

/// "14/30 pods"
std::string DrainProgress(const api::NodeInWork& entry);
/// One sentence that names the pod, what holds it and what would free it.
std::string DescribeObstacle(const Obstacle& obstacle);
/// What a drain waits for, one sentence that names the pod, what holds it and what would free it.
/// The entry's blocked_by are the first of `obstacles`.
std::string DescribeDrain(const api::NodeInWork& entry,
                          const std::vector<Obstacle>& obstacles,
                          const std::vector<const PodPlan*>& leaving);

}  // namespace cu::planner
