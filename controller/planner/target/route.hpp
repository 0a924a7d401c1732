#pragma once
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/check.hpp"
#include "planner/target/hold.hpp"
#include "planner/target/target.hpp"
#include "planner/target/version.hpp"

namespace cu::planner {

/// What the way is planned from: nodes of one kind and version.
struct Kubelet {
  std::string version;  ///< as it is reported
  bool control_plane = false;
  bool api_server = false;
  bool skipped = false;
  std::string components = {};  ///< release of the control plane's components, or ""
  auto operator<=>(const Kubelet&) const = default;
};
using Fleet = std::map<Kubelet, int>;  ///< how many nodes; virtual ones take no part

/// One step of the way to spec.version: the control plane first, then the workers, as far as each
/// takes part.
struct Hop {
  Target target;
  bool control_plane = false;
  bool workers = false;
  /// Only workers older than this take part: those that the next step of the control plane would
  /// leave too far behind. None: all that are not there.
  std::optional<Version> lifts_below = {};

  bool operator==(const Hop&) const = default;
};

/// The hops that are left to spec.version, with the fewest drains of workers that the version skew
/// allows (https://kubernetes.io/releases/version-skew-policy/): the control plane skips no minor,
/// workers skip as many as they can and are lifted just before they would be too far behind. It is
/// made of what the nodes report, and of nothing that is remembered: whoever has begun an upgrade,
/// it is taken on from where it stands.
struct Route {
  std::vector<Hop> hops;  ///< at least one; the last leads to spec.version
  /// What is missing in spec.path; there is one hop then.
  std::optional<std::string> problem;

  const Hop& current() const {
    CU_CHECK(!hops.empty());
    return hops.front();
  }
  const Target& end() const {
    CU_CHECK(!hops.empty());
    return hops.back().target;
  }
  bool OnItsEnd() const { return hops.size() == 1; }
  /// Whether nodes of this kind and version have to do with the current hop: in the last one all.
  bool Takes(bool control_plane, const std::optional<Version>& version) const;

  bool operator==(const Route&) const = default;
};

/// The one reader of spec.version and spec.path.
Route PlanRoute(const api::ClusterUpgradeSpec& spec, const Fleet& fleet);

/// The oldest minor that a kubelet may be at beside an API server of `minor`: three older, two for
/// kubelets below 1.25.
int OldestKubeletMinor(int minor);

}  // namespace cu::planner
