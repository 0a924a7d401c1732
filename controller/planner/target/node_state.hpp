#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/target/node_view.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// Every node of the scope, in its order. Scope and nodes outlive it.
class NodeStates {
 public:
  /// `run_id`: spec.runID.
  NodeStates(const Scope& scope,
             const api::ClusterUpgradeStatus& status,
             const std::string& run_id = "");

  /// The run that spec.runID asks for; none if it asks for none, or it is complete.
  const std::optional<api::Run>& run() const { return run_; }

  const std::vector<NodeView>& nodes() const { return nodes_; }
  /// None: null.
  const NodeView* Find(std::string_view name) const;
  /// `status` says something else of the node now. A name that is none is ignored.
  void Update(const api::ClusterUpgradeStatus& status, const std::string& name);

 private:
  NodeView* FindView(std::string_view name);

  void FindDue(const api::ClusterUpgradeStatus& status, const std::string& run_id);

  const Scope* scope_;
  std::optional<api::Run> run_;
  std::vector<NodeView> nodes_;
};

}  // namespace cu::planner
