#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/pods/evictions.hpp"

/// Words for people: times are given, never "time left", so that a message changes only with its
/// cause.
namespace cu::planner {

/// "14/30 pods"
std::string DrainProgress(const api::NodeInWork& entry);
/// What a drain waits for, one sentence that names the pod, what holds it and what would free it.
/// The entry's blocked_by are the first of `obstacles`.
std::string DescribeDrain(const api::NodeInWork& entry,
                          const std::vector<Obstacle>& obstacles,
                          const std::vector<const api::Pod*>& leaving);
}  // namespace cu::planner
