#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/check.hpp"
#include "planner/target/version.hpp"

namespace cu::planner {

/// What a node is brought to.
struct Target {
  std::string text;                ///< a node is there when its kubelet reports this (IsAt)
  std::optional<Version> version;  ///< of `text`; none if an older schema let something else pass
  api::Stage stage = api::Stage::kNode;
};

/// The way to spec.version, the end of it last. This release goes there in one hop.
struct Route {
  std::vector<Target> hops;

  /// What is aimed at now. Pre: made by PlanRoute; checked.
  const Target& current() const {
    CU_CHECK(!hops.empty());
    return hops.front();
  }
  /// What a node is brought to in the current hop: on control-plane nodes in stage ControlPlane.
  Target TargetOf(bool control_plane) const;
};

/// The one reader of spec.version.
Route PlanRoute(const api::ClusterUpgradeSpec& spec);

/// Whether a kubelet that reports `reported` is at `version`.
bool IsAt(api::VersionMatch match, const std::string& reported, const std::string& version);

/// Whether leaving `from` for `to` is done under a drain.
bool NeedsDrain(const api::DrainSpec& drain, const std::string& from, const std::string& to);

}  // namespace cu::planner
