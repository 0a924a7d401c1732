#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/world.hpp"
#include "planner/target/hold.hpp"
#include "planner/target/version.hpp"

namespace cu::planner {

/// Name of the pool of control-plane nodes in status and metrics.
inline constexpr const char* kControlPlanePool = "control-plane";

/// Why a node is left alone.
struct Skip {
  api::SkipReason reason = api::SkipReason::kExcluded;
  std::string text;  ///< "taint ToBeDeletedByClusterAutoscaler"
};

struct ScopedNode {
  const api::Node* node = nullptr;
  std::string pool;  ///< "" for a node that no pool selects
  bool control_plane = false;
  bool api_server = false;  ///< a control-plane node that does not hold etcd alone
  /// Why it is left alone. What its kubelet reports is no reason once our Job may have brought it
  /// there: such a node has failed, or is still at work.
  std::optional<Skip> skip;
  std::optional<Version> version;
  bool at_target = false;  ///< kubeletVersion equals spec.version
  bool marked = false;     ///< carries the object's mark: its cordon is ours
  bool done() const { return at_target && !marked; }
};

/// Every node of the cluster in the order of work: control plane (etcd-only nodes first), then the
/// pools in list order; inside each natural order of names with our own node last. Skipped nodes
/// are in it.
struct Scope {
  std::vector<ScopedNode> nodes;
  const ScopedNode* Find(const std::string& name) const;
  /// False where the control plane is managed by somebody else.
  bool SeesApiServer() const;
};

Scope MakeScope(const World& world);

/// What makes the target impossible or unsupported: bad spec, downgrade, skew
/// (https://kubernetes.io/releases/version-skew-policy/), more than one minor. None: go on.
std::optional<Hold> CheckTarget(const World& world, const Scope& scope);

/// Features of the API that this release refuses instead of ignoring.
std::optional<Hold> CheckSupported(const api::ClusterUpgradeSpec& spec);

/// Whether leaving `from` for `to` is done under a drain.
bool NeedsDrain(const api::DrainSpec& drain, const std::string& from, const std::string& to);

}  // namespace cu::planner
