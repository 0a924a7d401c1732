#pragma once
#include "api/cluster_upgrade.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// What a node is counted as in status.nodes and in clusterupgrade_nodes.
enum class NodeState { kUpgraded, kUpgrading, kFailed, kPending, kPostponed, kSkipped };

NodeState StateOf(const ScopedNode& scoped, const api::ClusterUpgradeStatus& status);

/// Value of the metric's label `state`.
const char* NameOf(NodeState state);

}  // namespace cu::planner
