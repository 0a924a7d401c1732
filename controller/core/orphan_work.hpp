#pragma once
#include <set>
#include <vector>

#include "core/marked_nodes_index.hpp"
#include "core/watches.hpp"
#include "planner/model/action.hpp"

namespace cu::core {

/// What ClusterUpgrades that no longer exist have left behind: marked nodes and finished Jobs.
class OrphanWork {
 public:
  /// Something has changed: they are to be looked for.
  void Mark() { due_ = true; }
  bool due() const { return due_; }
  /// What is wanted for them now. Pre: watches.owners_current.
  std::vector<planner::Action> Plan(const Watches& watches, const planner::ActionResults& results);

  /// Of the last plan.
  bool Wants(const planner::ActionKey& key) const { return wanted_.contains(key); }
  const std::set<planner::ActionKey>& wanted() const { return wanted_; }
  /// The term has ended.
  void Clear();

 private:
  bool due_ = false;
  MarkedNodesIndex marked_;
  std::set<planner::ActionKey> wanted_;
};

}  // namespace cu::core
