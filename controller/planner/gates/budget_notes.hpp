#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "planner/model/finding.hpp"
#include "planner/model/pod_plan.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// What only all pods of a budget together show, page by page: why it allows no eviction now
/// (BudgetAllowsNoneNow), and more pods than it lets go at once that fit only the node that is
/// drained (PinnedUnderBudget). Of 1,000 budgets each.
class BudgetNotes {
 public:
  /// A pod that a drain to come would move. `pinned`: it fits only its node.
  void AddLeaving(const World& world, const PodPlan& plan, bool pinned);
  /// It is none of those that a budget counts as healthy.
  static bool Concerns(const api::Pod& pod) { return !pod.ready || pod.meta.deleted; }
  /// Any such pod, with the budgets that select it.
  void AddAny(const api::Pod& pod, const std::vector<const api::PodDisruptionBudget*>& budgets);
  void Finish(FindingBook& book);

 private:
  struct Closed {
    std::string why;  ///< of a budget that is in the way; "" of one that is not, so far
    std::vector<std::string> unhealthy;
    int more = 0;
  };
  struct Pinned {
    int pods = 0;
    int allowed = 0;
    std::string advice;
  };
  std::map<std::string, Closed> closed_;                          ///< by key
  std::map<std::pair<std::string, std::string>, Pinned> pinned_;  ///< by key and node
};

}  // namespace cu::planner
