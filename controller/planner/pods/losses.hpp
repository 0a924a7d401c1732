#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "planner/model/finding.hpp"
#include "planner/model/world.hpp"

/// The rules by which pods and their budgets are judged before a drain. Private to planner/.
namespace cu::planner {

/// Budgets by namespace, for many pods in a row. The world outlives it.
class BudgetIndex {
 public:
  explicit BudgetIndex(const World& world);
  /// Those that select the pod.
  std::vector<const api::PodDisruptionBudget*> Of(const api::Pod& pod) const;

 private:
  std::map<std::string_view, std::vector<const api::PodDisruptionBudget*>> by_namespace_;
};

/// By its spec alone, whatever its pods do: "maxUnavailable: 0", or "". (A percentage of
/// maxUnavailable is rounded up: kubernetes/kubernetes pkg/controller/disruption.)
std::string WhyNeverAllows(const api::PodDisruptionBudget& budget);
/// "its controller cannot count its pods (…)", or "". Its controller allows nothing then, and more
/// healthy pods do not help: as a rule pods without a controller that can be scaled, under
/// maxUnavailable or a percentage (kubernetes/kubernetes pkg/controller/disruption, failSafe).
std::string WhyUncounted(const api::PodDisruptionBudget& budget);

/// Whether a drain would move the pod: it leaves, and has not left already.
bool IsToLeave(const World& world, const api::Pod& pod);
/// Why spec.drain forbids to let the pod leave, or "".
std::string WhyRefused(const World& world, const api::Pod& pod);
/// What is lost when the pod leaves, and the policy lets it go. Pre: IsToLeave.
void FindLosses(const World& world, const api::Pod& pod, FindingBook& book);
/// What is to be said of one pod. Pre: IsToLeave.
void FindInPod(const World& world,
               const BudgetIndex& budgets,
               const api::Pod& pod,
               FindingBook& book);
Finding PinnedPod(const api::Pod& pod, const std::string& by);

}  // namespace cu::planner
