#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Facts seen by earlier plans of this process that are not worth keeping durably; losing them
/// costs waiting a little longer.
struct Memory {
  /// One thing that blocks one node.
  struct BlockKey {
    std::string node_uid;
    api::BlockerKind kind = api::BlockerKind::kPod;
    std::string ns;
    std::string name;
    api::BlockReason reason = api::BlockReason::kUnknown;
    auto operator<=>(const BlockKey&) const = default;
  };
  struct Healthy {
    base::SteadyTime since;
    std::string proof;  ///< what must not change meanwhile: Ready's transition, boot, version
  };
  std::map<std::string, Healthy> healthy;           ///< by node UID
  std::map<std::string, std::string> lease_before;  ///< by node UID: renewTime when verifying began
  std::map<BlockKey, base::WallTime> blocked_since;
  std::optional<base::SteadyTime> idle_since;  ///< nothing to do but unhealthy nodes
  std::set<std::string> granted;  ///< "<spec fingerprint> <question>" that the server agreed to
  /// Its last refusals, by the same: they hold until it says something better.
  std::map<std::string, Answer> refused;
  std::map<std::string, std::string> refused_nodes;  ///< by name: why each may not be drained
  /// Warnings for which status.warnings had no room, as hashes: told and counted once.
  std::set<std::uint64_t> told;
  /// Of pods that are saved to be created again.
  struct Saving {
    bool begun = false;  ///< this process has looked at the saved pods
    /// Saves whose PodTemplate was not seen yet, by pod UID: when they were wanted last.
    std::map<std::string, base::SteadyTime> unsettled;
    /// Pods that stay after all, by UID of the PodTemplate: since when nobody evicts them.
    std::map<std::string, base::SteadyTime> stays;
    std::set<std::string> forgotten;  ///< UIDs of PodTemplates whose deletion was wanted
    enum class Occasion { kPending, kExists, kRefused };
    /// Warnings given, by UID of the PodTemplate.
    std::set<std::pair<std::string, Occasion>> told;
  };
  Saving saving;
};

}  // namespace cu::planner
