#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/model/finding.hpp"

namespace cu::planner {

/// It is to finish by itself (spec.drain.waitForPods), and has not yet.
bool IsAwaited(const api::DrainSpec& drain, const api::Pod& pod);

/// What is lost when the pod leaves: itself where nobody creates it again, and data in emptyDir
/// volumes. A loss that spec.drain forbids blocks.
std::vector<Finding> LossesOf(const api::DrainSpec& drain, const api::Pod& pod);

/// Why spec.drain forbids to let the pod leave, or "". `ignore`: spec.preflight.ignore.
std::string WhyForbidden(const api::DrainSpec& drain,
                         const std::vector<std::string>& ignore,
                         const api::Pod& pod);

}  // namespace cu::planner
