#pragma once
#include <optional>
#include <string>

#include "api/cluster_upgrade.hpp"
#include "planner/target/version.hpp"

namespace cu::planner {

/// What a node is brought to.
struct Target {
  std::string text;                ///< a node is there when its kubelet reports this (IsAt)
  std::optional<Version> version;  ///< of `text`; none if an older schema let something else pass

  bool operator==(const Target&) const = default;
};

/// Whether a kubelet that reports `reported` is at `version`.
bool IsAt(api::VersionMatch match, const std::string& reported, const std::string& version);

/// Whether leaving `from` for `to` is done under a drain.
bool NeedsDrain(const api::DrainSpec& drain, const std::string& from, const std::string& to);

}  // namespace cu::planner
