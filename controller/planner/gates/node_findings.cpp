#include "planner/gates/node_findings.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"
#include "base/text.hpp"
#include "planner/pods/budgets.hpp"
#include "planner/pods/losses.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

constexpr std::size_t kFindingsShown = 20;
constexpr std::size_t kBudgetsNamed = 5;
constexpr std::size_t kTextMax = 20'000;  // a condition's message holds 32 KiB

Finding TwoBudgets(const PodPlan& plan) {
  std::vector<std::string> names;
  for (const api::PodDisruptionBudget* budget : plan.budgets) {
    names.push_back(budget->meta.name);
  }
  return Finding::Blocks(FindingType::kTwoBudgets,
                         plan.pod->meta.Key(),
                         "the pod on " + plan.pod->node_name +
                             " is selected by more than one PodDisruptionBudget (" +
                             base::JoinNames(names, kBudgetsNamed) +
                             "), which eviction does not support; delete one of them or narrow "
                             "its selector");
}

/// Pre: it selects a pod that runs.
void FindInBudget(const api::PodDisruptionBudget& budget, FindingBook& book) {
  const std::string key = budget.meta.Key();
  if (const std::string why = WhyNeverAllows(budget); !why.empty()) {
    book.Add(Finding::Blocks(FindingType::kBudgetNeverAllows,
                             key,
                             "the PodDisruptionBudget's " + why +
                                 " never allows an eviction; relax or delete it for the upgrade"));
  } else if (const std::string uncounted = WhyUncounted(budget); !uncounted.empty()) {
    book.Add(Finding::Warns(FindingType::kBudgetAllowsNoneNow,
                            key,
                            "the PodDisruptionBudget allows no eviction because " + uncounted +
                                "; fix it, or the drain will wait"));
  } else if (const std::string none = WhyAllowsNoneNow(budget); !none.empty()) {
    book.Add(Finding::Warns(FindingType::kBudgetAllowsNoneNow,
                            key,
                            "the PodDisruptionBudget's " + none + " allows no disruption of its " +
                                std::to_string(budget.expected_pods) +
                                " pods; scale the workload up, or the drain will wait"));
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

void FindInPod(const World& world, const PodPlan& plan, FindingBook& book) {
  CU_CHECK(plan.moves());
  const api::Pod& pod = *plan.pod;
  for (Finding& loss : LossesOf(world.upgrade->spec.drain, pod)) {
    book.Add(std::move(loss));
  }
  if (!FitsElsewhere(world, pod)) {
    book.Add(PinnedPod(pod, "its nodeSelector or node affinity"));
  }
  // Budgets do not hold a pod that is pending (kubernetes/kubernetes
  // pkg/registry/core/pod/storage/eviction.go, canIgnorePDB).
  if (pod.phase == api::PodPhase::kPending) {
    return;
  }
  if (plan.budgets.size() > 1) {
    book.Add(TwoBudgets(plan));
  }
  for (const api::PodDisruptionBudget* budget : plan.budgets) {
    if (pod.ready || !budget->lets_unhealthy_go) {
      FindInBudget(*budget, book);
    }
  }
}

Finding PinnedPod(const api::Pod& pod, const std::string& by) {
  return Finding::Warns(FindingType::kPinnedPod,
                        pod.meta.Key(),
                        "the pod fits only node " + pod.node_name + " (" + by +
                            ") and stays Pending until that node is back");
}

std::vector<Finding> FindOnNode(const Planning& planning, const NodePods& pods) {
  FindingBook book(planning.spec().preflight_ignore);
  for (const PodPlan& plan : pods.plans) {
    if (plan.moves()) {
      FindInPod(planning.world(), plan, book);
    }
  }
  return book.Take();
}

std::string DescribeFindings(const std::vector<Finding>& findings) {
  std::string text =
      std::to_string(findings.size()) + (findings.size() == 1 ? " finding: " : " findings: ");
  for (std::size_t i = 0; i < std::min(findings.size(), kFindingsShown); ++i) {
    text += (i == 0 ? "" : "; ") + LineOf(findings[i]);
  }
  if (findings.size() <= kFindingsShown) {
    return text;
  }
  text += "; and " + std::to_string(findings.size() - kFindingsShown) + " more";
  std::optional<FindingType> type;
  for (std::size_t i = kFindingsShown; i < findings.size() && text.size() < kTextMax; ++i) {
    text += findings[i].type == type ? ", " : ": " + NameOf(findings[i].type) + " ";
    text += findings[i].object;
    type = findings[i].type;
  }
  return base::Cut(std::move(text), kTextMax);
}

}  // namespace cu::planner
