#pragma once
#include <cstdint>
#include <string>

#include "planner/target/scoped_node.hpp"

namespace cu::planner {

/// What a node is counted as in status.nodes and in clusterupgrade_nodes.
enum class NodeState { kUpgraded, kUpgrading, kFailed, kPending, kPostponed, kSkipped };

/// Value of the metric's label `state`.
const char* NameOf(NodeState state);

/// A node of the scope, and what the status says of it.
struct NodeView {
  const ScopedNode* scoped = nullptr;
  // What is asked of every node of a large cluster in every plan, beside each other.
  std::uint32_t pool = 0;     ///< Scope::pools
  std::uint32_t version = 0;  ///< Scope::versions
  bool control_plane = false;
  bool api_server = false;
  bool virtual_node = false;
  bool ready = false;
  bool at_target = false;
  bool in_hop = true;
  bool components_behind = false;
  bool marked = false;
  bool tainted = false;
  bool due = false;  ///< for the run of spec.runID, at whatever version it is
  /// Why it is left alone; null if it is not. What its kubelet reports is no reason once our Job
  /// may have brought it there: such a node has failed, or is still at work.
  const Skip* skip = nullptr;
  bool in_work = false;
  bool failed = false;  ///< and was not given fresh attempts since
  bool postponed = false;
  bool drain_timed_out = false;  ///< that is why it is postponed

  const api::Node& node() const { return *scoped->node; }
  const std::string& name() const { return scoped->node->meta.name; }
  bool done() const { return at_target && !marked && !due; }
  NodeState state() const;
  bool pending() const { return state() == NodeState::kPending; }
  /// Postponed by its drain's timeout and still to be done: it is tried once more after the others.
  bool ComesBack() const;
  /// Not done, not failed for good, not in work, not left to a person.
  bool IsToBeDone() const { return pending() || ComesBack(); }
  /// In the current hop.
  bool IsInTurn() const { return in_hop && IsToBeDone(); }
};

}  // namespace cu::planner
