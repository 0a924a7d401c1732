#pragma once
#include <optional>
#include <set>
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"

/// Private to planner/.
namespace cu::planner {

/// Whether another node may be drained while workloads are short of the pods that drains evicted.
class RecoveryGate {
 public:
  /// `budget`: how many nodes of the pool may be in work at a time.
  RecoveryGate(const Planning& planning, int budget);

  /// Holds unless the evictions of fewer nodes than `budget` are unrecovered, and every workload on
  /// the node that has Ready pods on two nodes or more, or had before ours, keeps one elsewhere.
  /// Pre: its pods are known.
  std::optional<Hold> Ask(const NodeView& view, Contribution& add) const;
  /// The node is started.
  void Take(const NodeView& view) { leaving_.insert(view.name()); }

 private:
  std::optional<Hold> AskForNodes() const;
  std::optional<Hold> AskForLastPods(const std::set<api::Workload>& workloads,
                                     const std::string& node) const;

  const Planning& planning_;
  int budget_;
  std::set<std::string> unrecovered_;  ///< nodes that are drained, or whose evicted pods are missed
  std::set<std::string> leaving_;      ///< nodes whose Ready pods do not count
};

}  // namespace cu::planner
