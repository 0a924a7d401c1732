#pragma once
#include <cstddef>

#include "api/cluster_upgrade.hpp"

namespace cu::planner {

/// The one place where a status is cut. Names, versions and the words of others (webhooks,
/// kubelets, budgets) may be as long as somebody likes, but the API server takes no message over 32
/// KiB (the CRD) and no object over about 1.5 MiB.
///
/// Levels halve what a text may be long and how many names a list may hold; level 0 cuts what no
/// person would read. Names that identify a node, a pool, a Job or a version stay whole.
inline constexpr int kTightestLevel = 6;
/// What an upper estimate of the status as JSON stays under whatever the cluster holds.
inline constexpr std::size_t kStatusMax = std::size_t{240} * 1024;

/// Cut at `level`, or at the first tighter one at which it is small enough. The same status is cut
/// in the same way. Pre: 0 <= level <= kTightestLevel.
api::ClusterUpgradeStatus WithinBounds(api::ClusterUpgradeStatus status, int level = 0);

/// At least as many bytes as the status has as JSON.
std::size_t LargestSize(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
