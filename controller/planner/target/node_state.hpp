#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// What a node is counted as in status.nodes and in clusterupgrade_nodes.
enum class NodeState { kUpgraded, kUpgrading, kFailed, kPending, kPostponed, kSkipped };

/// Value of the metric's label `state`.
const char* NameOf(NodeState state);

/// A node of the scope, and what the status says of it.
struct NodeView {
  const ScopedNode* scoped = nullptr;
  /// Why it is left alone; null if it is not. What its kubelet reports is no reason once our Job
  /// may have brought it there: such a node has failed, or is still at work.
  const Skip* skip = nullptr;
  bool in_work = false;
  bool failed = false;  ///< and was not given fresh attempts since
  bool postponed = false;
  bool drain_timed_out = false;  ///< that is why it is postponed

  const api::Node& node() const { return *scoped->node; }
  const std::string& name() const { return scoped->node->meta.name; }
  NodeState state() const;
  bool pending() const { return state() == NodeState::kPending; }
  /// Postponed by its drain's timeout and still to be done: it is tried once more after the others.
  bool ComesBack() const;
  /// Not done, not failed for good, not in work, not left to a person.
  bool IsToBeDone() const { return pending() || ComesBack(); }
};

/// Every node of the scope, in its order. Scope and nodes outlive it.
class NodeStates {
 public:
  NodeStates(const Scope& scope, const api::ClusterUpgradeStatus& status);

  const std::vector<NodeView>& nodes() const { return nodes_; }
  /// None: null.
  const NodeView* Find(std::string_view name) const;
  /// `status` says something else of the node now. A name that is none is ignored.
  void Update(const api::ClusterUpgradeStatus& status, const std::string& name);

 private:
  NodeView* FindView(std::string_view name);

  const Scope* scope_;
  std::vector<NodeView> nodes_;
};

}  // namespace cu::planner
