#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/target/node_view.hpp"
#include "planner/target/route.hpp"
#include "planner/target/scoped_node.hpp"
#include "planner/target/target.hpp"

namespace cu::planner {

/// The way to the target, and every node of the cluster in the order of work: control plane
/// (etcd-only nodes first), then the pools in list order; inside each natural order of names with
/// our own node last. Skipped nodes are in it.
///
/// It points at the nodes: it is made or refreshed anew after every change of them.
class Scope {
 public:
  Scope() = default;
  Scope(const Scope& other);
  Scope& operator=(const Scope& other) { return *this = Scope(other); }
  Scope(Scope&&) = default;
  Scope& operator=(Scope&&) = default;
  ~Scope() = default;
  /// Pre: input.spec is set.
  Scope(const ScopeInput& input, const api::ObjectMap<api::Node>& nodes);

  /// Judges the nodes of these names anew, for large clusters in which few change at a time. False
  /// if one has come, gone or changed its place, or the way has: then the scope is made anew.
  /// `input` is equal to the one that it was made with.
  bool Refresh(const ScopeInput& input,
               const api::ObjectMap<api::Node>& nodes,
               std::span<const std::string> names);

  const Route& route() const { return route_; }
  /// spec.version.
  const Target& target() const { return route_.end(); }
  const std::vector<ScopedNode>& nodes() const { return nodes_; }
  /// Of each node in the same order, as if the status said nothing of any.
  const std::vector<NodeView>& views() const { return views_; }
  /// What NodeView::pool and NodeView::version are indices into; they may hold more than is used.
  const std::vector<std::string>& pools() const { return pools_; }
  const std::vector<std::string>& versions() const { return versions_; }
  /// None: null.
  const ScopedNode* Find(std::string_view name) const;
  /// Of a node of this scope.
  std::size_t IndexOf(const ScopedNode& scoped) const;
  /// False where the control plane is managed by somebody else.
  bool SeesApiServer() const;

 private:
  NodeView ViewOf(const ScopedNode& scoped);
  void MakeViews();

  void PlaceInHop(ScopedNode& scoped) const;

  Route route_;
  Fleet fleet_;
  std::vector<Kubelet> kubelets_;  ///< beside nodes_
  std::vector<ScopedNode> nodes_;
  std::vector<NodeView> views_;
  std::vector<std::string> pools_;     ///< names
  std::vector<std::string> versions_;  ///< of kubelets
  struct Place {
    std::string name;  ///< its own copy: the node may be gone while a scope is refreshed
    std::size_t index = 0;
  };
  std::vector<Place> by_name_;  ///< in nodes_, in natural order of names
};

}  // namespace cu::planner
