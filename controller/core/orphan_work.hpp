#pragma once
#include <optional>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "core/marked_nodes_index.hpp"
#include "core/watches.hpp"
#include "planner/model/action.hpp"
#include "planner/model/memory.hpp"
#include "planner/nodes/orphans.hpp"
#include "planner/nodes/outdated_taints.hpp"

namespace cu::core {

/// What ClusterUpgrades that no longer exist have left behind: marked and tainted nodes, and
/// finished Jobs.
class OrphanWork {
 public:
  /// Something has changed: they are to be looked for.
  void Mark() {
    due_ = true;
    wake_at_.reset();
  }
  bool due() const { return due_; }
  /// What is wanted for them now. Pre: watches.owners_current.
  std::vector<planner::Action> Plan(const Watches& watches,
                                    const planner::ActionResults& results,
                                    base::SteadyTime now);
  /// More is to be done then.
  const std::optional<base::SteadyTime>& wake_at() const { return wake_at_; }

  /// Of the last plan.
  bool Wants(const planner::ActionKey& key) const { return wanted_.contains(key); }
  const std::set<planner::ActionKey>& wanted() const { return wanted_; }
  /// The term has ended.
  void Clear();

 private:
  bool due_ = false;
  std::optional<base::SteadyTime> wake_at_;
  MarkedNodesIndex marked_{planner::IsMarked};
  MarkedNodesIndex tainted_{planner::IsTainted};
  planner::TaintMemory taints_;
  std::set<planner::ActionKey> wanted_;
};

}  // namespace cu::core
