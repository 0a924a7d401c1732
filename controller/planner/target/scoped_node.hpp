#pragma once
#include <algorithm>
#include <optional>
#include <string>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/target/components.hpp"
#include "planner/target/target.hpp"
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
  bool api_server = false;    ///< a control-plane node that does not hold etcd alone
  bool virtual_node = false;  ///< no kubelet: it takes no part in the version skew
  /// By its labels, taints and version; NodeView::skip knows when the version is no reason.
  std::optional<Skip> skip;
  std::optional<Version> version;  ///< of the kubelet
  /// Of the control plane's components, where all of them are seen; the release and its text.
  std::optional<Version> components;
  std::string components_text;
  bool apart = false;              ///< they are upgraded apart from the kubelet (HasStages)
  bool at_target = false;          ///< the kubelet reports spec.version, they are not behind
  bool in_hop = true;              ///< it has to do with the current hop (Route::Takes)
  bool components_behind = false;  ///< apart, and older than the current hop
  bool marked = false;             ///< carries the object's mark: its cordon is ours
  bool tainted = false;            ///< carries the object's taint
  int rank = 0;                    ///< the lower, the sooner
  bool done() const { return at_target && !marked; }
  /// What API server runs on it, as far as is known.
  const std::optional<Version>& ApiVersion() const { return components ? components : version; }
  /// The older one of what is upgraded apart.
  std::optional<Version> Oldest() const {
    return apart && components && version ? std::min(components, version) : version;
  }
  /// The components are a minor version older than the kubelet beside them, which Kubernetes does
  /// not support (https://kubernetes.io/releases/version-skew-policy/).
  bool LeftBehind() const {
    return components && version && MinorsBetween(*components, *version) > 0;
  }
};

/// What a scope is made of, besides the nodes.
struct ScopeInput {
  const api::ClusterUpgradeSpec* spec = nullptr;
  std::string mark;      ///< MarkOf the object
  std::string own_node;  ///< where the controller runs, or ""
  Components components = {};
};

/// Whether the executor upgrades the components of a control-plane node apart from its kubelet.
bool HasStages(const api::ClusterUpgradeSpec& spec);

/// "<object name>/<object uid>": what the annotation clusterupgrade.io/cordoned-by says on nodes
/// that the object has cordoned.
std::string MarkOf(const api::Metadata& upgrade);

/// Pre: input.spec is set. `target`: spec.version. All but in_hop and components_behind, for which
/// the way has to be known.
ScopedNode ClassifyNode(const ScopeInput& input, const Target& target, const api::Node& node);

}  // namespace cu::planner
