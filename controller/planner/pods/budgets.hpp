#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/objects.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Budgets by namespace, for many pods in a row. The budgets outlive it.
class BudgetIndex {
 public:
  explicit BudgetIndex(const api::ObjectMap<api::PodDisruptionBudget>& budgets);
  /// Those that select the pod.
  std::vector<const api::PodDisruptionBudget*> Of(const api::Pod& pod) const;

 private:
  std::map<std::string_view, std::vector<const api::PodDisruptionBudget*>> by_namespace_;
};

/// As they are now.
std::vector<BudgetRef> RefsOf(const std::vector<const api::PodDisruptionBudget*>& budgets);

/// By its spec alone, whatever its pods do: "maxUnavailable: 0", or "". (A percentage of
/// maxUnavailable is rounded up: kubernetes/kubernetes pkg/controller/disruption.)
std::string WhyNeverAllows(const api::PodDisruptionBudget& budget);

/// "its controller cannot count its pods (…)", or "". Its controller allows nothing then, and more
/// healthy pods do not help: as a rule pods without a controller that can be scaled, under
/// maxUnavailable or a percentage (kubernetes/kubernetes pkg/controller/disruption, failSafe).
std::string WhyUncounted(const api::PodDisruptionBudget& budget);

/// "2 of its 3 pods are healthy, 2 are required" where its status allows no eviction for that
/// reason; or "".
std::string WhyTooFewHealthy(const api::PodDisruptionBudget& budget);

/// What to do about a budget that stands in the way: to relax or delete it is no advice for one
/// that a controller or a tool keeps (Rook closes budgets between two nodes, and opens them again).
std::string AdviceFor(const api::PodDisruptionBudget& budget);

/// "minAvailable: 3" where that leaves no room among its pods as long as there are no more; or "".
std::string WhyAllowsNoneNow(const api::PodDisruptionBudget& budget);

}  // namespace cu::planner
