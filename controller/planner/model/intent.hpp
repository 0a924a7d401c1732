#pragma once
#include <span>
#include <string_view>

#include "api/cluster_upgrade.hpp"

namespace cu::planner {

/// One kind of work that an upgrade does. What holds for all kinds, the finalizer and the write
/// ahead of an action, is said once, over the list of them.
struct KindOfWork {
  std::string_view name;
  /// Something of it is unfinished: the object must not vanish.
  bool (*unfinished)(const api::ClusterUpgradeStatus& status);
  /// Whether the part of the status that gates its actions is the same.
  bool (*same_intent)(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b);
};
/// Nodes, saved pods, taints, tokens.
std::span<const KindOfWork> KindsOfWork();

bool HasUnfinishedWork(const api::ClusterUpgradeStatus& status);

/// Whether the part of the status that gates actions is the same: generation, epoch, spec, retry,
/// and that of each kind of work. A plan with another intent is durable before it acts.
bool SameIntent(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b);

}  // namespace cu::planner
