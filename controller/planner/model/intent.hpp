#pragma once
#include <string>

#include "api/cluster_upgrade.hpp"

namespace cu::planner {

/// The part of a status that gates acts: node, step, stage, attempt, version, Job uid, epoch,
/// generation, failures, postponed. Equal strings, equal intent.
std::string IntentOf(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
