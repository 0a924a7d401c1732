#include "planner/pods/budgets.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace cu::planner {
namespace {

constexpr int kHundredPercent = 100;

std::string ValueOf(const api::IntOrPercent& value) {
  return std::to_string(value.value) + (value.percent ? "%" : "");
}

/// Who keeps the budget as it is, or "".
std::string KeeperOf(const api::Metadata& budget) {
  const std::optional<api::Owner>& owner = budget.controller ? budget.controller : budget.owner;
  if (owner) {
    return owner->kind + " " + owner->name;
  }
  const auto label = budget.labels.find("app.kubernetes.io/managed-by");
  return label == budget.labels.end() ? "" : label->second;
}

}  // namespace

BudgetIndex::BudgetIndex(const api::ObjectMap<api::PodDisruptionBudget>& budgets) {
  for (const auto& [key, budget] : budgets) {
    if (budget.selector) {
      by_namespace_[budget.meta.ns].push_back(&budget);
    }
  }
}

std::vector<const api::PodDisruptionBudget*> BudgetIndex::Of(const api::Pod& pod) const {
  std::vector<const api::PodDisruptionBudget*> selecting;
  const auto found = by_namespace_.find(pod.meta.ns);
  if (found != by_namespace_.end()) {
    std::copy_if(found->second.begin(),
                 found->second.end(),
                 std::back_inserter(selecting),
                 [&](const auto* budget) { return budget->selector->Matches(pod.meta.labels); });
  }
  return selecting;
}

std::vector<BudgetRef> RefsOf(const std::vector<const api::PodDisruptionBudget*>& budgets) {
  std::vector<BudgetRef> refs;
  refs.reserve(budgets.size());
  for (const api::PodDisruptionBudget* budget : budgets) {
    refs.push_back(
        {budget->meta.Key(), budget->meta.resource_version, budget->disruptions_allowed > 0});
  }
  return refs;
}

std::string WhyNeverAllows(const api::PodDisruptionBudget& budget) {
  if (budget.max_unavailable && budget.max_unavailable->value == 0) {
    return "maxUnavailable: " + ValueOf(*budget.max_unavailable);
  }
  if (budget.min_available && budget.min_available->percent &&
      budget.min_available->value >= kHundredPercent) {
    return "minAvailable: " + ValueOf(*budget.min_available);
  }
  return "";
}

std::string WhyUncounted(const api::PodDisruptionBudget& budget) {
  if (budget.disruptions_allowed > 0) {
    return "";
  }
  if (!budget.sync_failure.empty()) {
    return "its controller cannot count its pods (" + budget.sync_failure + ")";
  }
  return budget.observed_generation > 0 && budget.expected_pods <= 0
             ? "its controller counts none of its pods"
             : "";
}

std::string WhyTooFewHealthy(const api::PodDisruptionBudget& budget) {
  if (budget.disruptions_allowed > 0 || budget.observed_generation <= 0 ||
      budget.expected_pods <= 0) {
    return "";
  }
  return std::to_string(budget.current_healthy) + " of its " +
         std::to_string(budget.expected_pods) + " pods are healthy, " +
         std::to_string(budget.desired_healthy) + " are required";
}

std::string AdviceFor(const api::PodDisruptionBudget& budget) {
  const std::string keeper = KeeperOf(budget.meta);
  return keeper.empty()
             ? "relax or delete it for the upgrade"
             : "it is managed by " + keeper + ": wait until that relaxes it, or change it there";
}

std::string WhyAllowsNoneNow(const api::PodDisruptionBudget& budget) {
  if (!budget.min_available || budget.expected_pods <= 0) {
    return "";
  }
  const api::IntOrPercent& least = *budget.min_available;
  const std::int64_t pods = budget.expected_pods;
  const std::int64_t wanted =
      least.percent ? (least.value * pods + kHundredPercent - 1) / kHundredPercent : least.value;
  return wanted >= pods ? "minAvailable: " + ValueOf(least) : "";
}

}  // namespace cu::planner
