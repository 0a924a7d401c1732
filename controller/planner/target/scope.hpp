#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
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
  bool api_server = false;  ///< a control-plane node that does not hold etcd alone
  /// By its labels, taints and version; NodeStates knows when the version is no reason.
  std::optional<Skip> skip;
  std::optional<Version> version;
  bool at_target = false;  ///< the kubelet reports the target of the current hop
  bool marked = false;     ///< carries the object's mark: its cordon is ours
  int rank = 0;            ///< the lower, the sooner
  bool done() const { return at_target && !marked; }
};

/// What a scope is made of, besides the nodes.
struct ScopeInput {
  const api::ClusterUpgradeSpec* spec = nullptr;
  std::string mark;      ///< MarkOf the object
  std::string own_node;  ///< where the controller runs, or ""
};

/// "<object name>/<object uid>": what the annotation clusterupgrade.io/cordoned-by says on nodes
/// that the object has cordoned.
std::string MarkOf(const api::Metadata& upgrade);

/// The way to the target, and every node of the cluster in the order of work: control plane
/// (etcd-only nodes first), then the pools in list order; inside each natural order of names with
/// our own node last. Skipped nodes are in it.
///
/// It points at the nodes: it is made or refreshed anew after every change of them.
class Scope {
 public:
  Scope() = default;
  /// Pre: input.spec is set.
  Scope(const ScopeInput& input, const api::ObjectMap<api::Node>& nodes);

  /// Judges the nodes of these names anew, for large clusters in which few change at a time. False
  /// if one has come, gone or changed its place: then the scope is made anew. `input` is equal to
  /// the one that it was made with.
  bool Refresh(const ScopeInput& input,
               const api::ObjectMap<api::Node>& nodes,
               std::span<const std::string> names);

  const Route& route() const { return route_; }
  const Target& target() const { return route_.current(); }
  const std::vector<ScopedNode>& nodes() const { return nodes_; }
  /// None: null.
  const ScopedNode* Find(std::string_view name) const;
  /// Of a node of this scope.
  std::size_t IndexOf(const ScopedNode& scoped) const;
  /// False where the control plane is managed by somebody else.
  bool SeesApiServer() const;

 private:
  Route route_;
  std::vector<ScopedNode> nodes_;
  std::vector<std::size_t> by_name_;  ///< indices into nodes_, in natural order of names
};

}  // namespace cu::planner
