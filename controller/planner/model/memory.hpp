#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/time.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Facts seen by earlier plans of this process that are not worth keeping durably; losing them
/// costs waiting a little longer.
struct Memory {
  struct Healthy {
    base::SteadyTime since;
    std::string proof;  ///< what must not change meanwhile: Ready's transition, boot, version
  };
  std::map<std::string, Healthy> healthy;           ///< by node UID
  std::map<std::string, std::string> lease_before;  ///< by node UID: renewTime when verifying began
  std::map<std::string, base::WallTime> blocked_since;  ///< by node UID + object + reason
  std::optional<base::SteadyTime> idle_since;           ///< nothing to do but unhealthy nodes
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
    std::set<std::string> told;       ///< warnings given, as "UID of the PodTemplate occasion"
  };
  Saving saving;
};

}  // namespace cu::planner
