#pragma once
#include <optional>
#include <string>
#include <utility>

#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// Why a node, or one attempt at it, fails.
struct FailureCause {
  api::FailureReason reason = api::FailureReason::kUnknown;
  std::string message;
  bool node_changed = false;  ///< the node stays cordoned
};

/// What comes of one plan's work on one node: the functions of executors/ and nodes/ change it,
/// MakePlan merges it.
struct NodeWorkResult {
  api::NodeInWork entry;  ///< as it ought to be
  NodeMemory memory;
  Contribution add;
  std::optional<api::NodeFailure> failure;      ///< the node has failed
  std::optional<api::PostponedNode> postponed;  ///< the node is postponed
  bool leaves = false;                          ///< it is in work no longer
};

/// One plan's work on one node. Private to planner/.
class NodeWork : public NodeWorkResult {
 public:
  /// Pre: the node exists and has the entry's UID. `planning` outlives it.
  NodeWork(const Planning& planning, api::NodeInWork work, NodeMemory remembered);

  const Planning& planning() const { return *planning_; }
  const api::Node& node() const { return *node_; }
  /// Null until their list is complete.
  const NodePods* pods() const { return planning_->PodsOf(entry.name); }
  bool marked() const { return planning_->Marked(*node_); }

  /// Takes what was asked for into account, and gives the answer.
  template <class T>
  T Take(Asked<T> asked) {
    add.Add(std::move(asked.add));
    return std::move(asked.answer);
  }
  /// Whether a deadline has passed; wakes the plan at it otherwise.
  bool Reached(base::WallTime deadline) { return Take(planning_->HasPassed(deadline)); }

 private:
  const Planning* planning_;
  const api::Node* node_;
};

}  // namespace cu::planner
