#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/target/hold.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// What makes the target impossible, or an unsupported state worse: bad spec, downgrade, skew
/// (https://kubernetes.io/releases/version-skew-policy/), more than one minor. None: go on.
/// `server_version`: of the API server, "v1.36.3", or "" while unknown; asked where no API server
/// can be seen among the nodes.
std::optional<Hold> CheckTarget(const api::ClusterUpgradeSpec& spec,
                                const Scope& scope,
                                const std::string& server_version);

/// A skew that is not supported, of which the upgrade goes on: it is cured by it, or at least not
/// made worse.
struct SkewWarning {
  std::string version;  ///< of the kubelets
  std::string text;
};
std::vector<SkewWarning> FindSkew(const Scope& scope, const std::string& server_version);

}  // namespace cu::planner
