#include "planner/pods/losses.hpp"

#include <algorithm>

#include "planner/pods/evictions.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

constexpr int kHundredPercent = 100;

std::string ValueOf(const api::IntOrPercent& value) {
  return std::to_string(value.value) + (value.percent ? "%" : "");
}

Finding Unmanaged(const api::DrainSpec& drain, const api::Pod& pod) {
  const std::string key = pod.meta.Key();
  switch (drain.unmanaged_pods) {
    case api::UnmanagedPods::kEvict:
      break;
    case api::UnmanagedPods::kRefuse:
      return {FindingType::kUnmanagedPods,
              key,
              "the pod has no controller and would be lost when it leaves " + pod.node_name +
                  "; move it away, or change spec.drain.unmanagedPods: Refuse",
              true};
    case api::UnmanagedPods::kRecreate:
      return {FindingType::kUnmanagedPods,
              key,
              "the pod has no controller: it is saved and created again; it restarts, and keeps "
              "neither its IP nor emptyDir data",
              false};
  }
  return {FindingType::kUnmanagedPods,
          key,
          "the pod has no controller: it is lost when it leaves " + pod.node_name,
          false};
}

Finding EmptyDir(const api::DrainSpec& drain, const api::Pod& pod) {
  if (drain.empty_dir_pods == api::EmptyDirPods::kRefuse) {
    return {FindingType::kEmptyDirData,
            pod.meta.Key(),
            "the pod has emptyDir data, which would be erased when it leaves " + pod.node_name +
                "; move it away, or change spec.drain.emptyDirPods: Refuse",
            true};
  }
  return {FindingType::kEmptyDirData,
          pod.meta.Key(),
          "the pod has emptyDir data: it is erased when the pod leaves " + pod.node_name,
          false};
}

std::vector<Finding> LossesOf(const api::DrainSpec& drain, const api::Pod& pod) {
  std::vector<Finding> losses;
  if (!pod.meta.controller) {
    losses.push_back(Unmanaged(drain, pod));
  }
  if (pod.has_empty_dir) {
    losses.push_back(EmptyDir(drain, pod));
  }
  return losses;
}

Finding TwoBudgets(const api::Pod& pod,
                   const std::vector<const api::PodDisruptionBudget*>& budgets) {
  std::string names;
  for (const api::PodDisruptionBudget* budget : budgets) {
    names += (names.empty() ? "" : ", ") + budget->meta.name;
  }
  return {FindingType::kTwoBudgets,
          pod.meta.Key(),
          "the pod on " + pod.node_name + " is selected by more than one PodDisruptionBudget (" +
              names + "), which eviction does not support; leave it only one",
          true};
}

bool AllowsNoneNow(const api::PodDisruptionBudget& budget) {
  if (!budget.min_available || budget.expected_pods <= 0) {
    return false;
  }
  const api::IntOrPercent& least = *budget.min_available;
  const int pods = budget.expected_pods;
  const int wanted =
      least.percent ? (least.value * pods + kHundredPercent - 1) / kHundredPercent : least.value;
  return wanted >= pods;
}

/// Pre: it selects a pod that runs.
void FindInBudget(const api::PodDisruptionBudget& budget, FindingBook& book) {
  const std::string why = WhyNeverAllows(budget);
  if (!why.empty()) {
    book.Add({FindingType::kBudgetNeverAllows,
              budget.meta.Key(),
              "the PodDisruptionBudget's " + why +
                  " never allows an eviction; change it, or let it go for the upgrade",
              true});
  } else if (const std::string uncounted = WhyUncounted(budget); !uncounted.empty()) {
    book.Add({FindingType::kBudgetAllowsNoneNow,
              budget.meta.Key(),
              "the PodDisruptionBudget allows no eviction, for " + uncounted +
                  "; correct it, or the drain waits",
              false});
  } else if (AllowsNoneNow(budget)) {
    book.Add({FindingType::kBudgetAllowsNoneNow,
              budget.meta.Key(),
              "the PodDisruptionBudget's minAvailable: " + ValueOf(*budget.min_available) +
                  " leaves no room among its " + std::to_string(budget.expected_pods) +
                  " pods; scale the workload up, or the drain waits",
              false});
  }
}

bool FitsElsewhere(const World& world, const api::Pod& pod) {
  return pod.placement.anywhere() ||
         std::any_of(world.nodes->begin(), world.nodes->end(), [&](const auto& entry) {
           return entry.first != pod.node_name &&
                  pod.placement.Fits(entry.first, entry.second.meta.labels);
         });
}

}  // namespace

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

BudgetIndex::BudgetIndex(const World& world) {
  for (const auto& [key, budget] : *world.budgets) {
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

bool IsToLeave(const World& world, const api::Pod& pod) {
  return !pod.finished() && !pod.meta.deleted && FateOf(world, pod) == PodFate::kLeaves;
}

std::string WhyRefused(const World& world, const api::Pod& pod) {
  if (!IsToLeave(world, pod)) {
    return "";
  }
  const api::ClusterUpgradeSpec& spec = world.upgrade->spec;
  for (const Finding& loss : LossesOf(spec.drain, pod)) {
    if (loss.blocks && !Ignores(spec.preflight_ignore, loss.type, loss.object)) {
      return loss.text;
    }
  }
  return "";
}

void FindLosses(const World& world, const api::Pod& pod, FindingBook& book) {
  for (Finding& loss : LossesOf(world.upgrade->spec.drain, pod)) {
    book.Add(std::move(loss));
  }
}

void FindInPod(const World& world,
               const BudgetIndex& budgets,
               const api::Pod& pod,
               FindingBook& book) {
  FindLosses(world, pod, book);
  if (!FitsElsewhere(world, pod)) {
    book.Add(PinnedPod(pod, "its nodeSelector or node affinity"));
  }
  // Budgets do not hold a pod that is pending (kubernetes/kubernetes
  // pkg/registry/core/pod/storage/eviction.go, canIgnorePDB).
  if (pod.phase == api::PodPhase::kPending) {
    return;
  }
  const auto selecting = budgets.Of(pod);
  if (selecting.size() > 1) {
    book.Add(TwoBudgets(pod, selecting));
  }
  for (const api::PodDisruptionBudget* budget : selecting) {
    if (pod.ready || !budget->lets_unhealthy_go) {
      FindInBudget(*budget, book);
    }
  }
}

Finding PinnedPod(const api::Pod& pod, const std::string& by) {
  return {FindingType::kPinnedPod,
          pod.meta.Key(),
          "by " + by + " the pod fits no other node than " + pod.node_name +
              ": it waits until that node is back",
          false};
}

}  // namespace cu::planner
