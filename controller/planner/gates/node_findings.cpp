#include "planner/gates/node_findings.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "api/labels.hpp"
#include "base/check.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/gates/webhook_findings.hpp"
#include "planner/pods/budgets.hpp"
#include "planner/pods/comebacks.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/pins.hpp"
#include "planner/pods/pod_owner.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

constexpr std::size_t kFindingsShown = 20;
constexpr std::size_t kBudgetsNamed = 5;
constexpr std::size_t kTextMax = 20'000;  // a condition's message holds 32 KiB
constexpr std::size_t kFinalizersShown = 3;
/// Where spec.terminationGracePeriodSeconds is left out.
constexpr std::int64_t kDefaultGraceSeconds = 30;
constexpr auto kHangsAfter = std::chrono::minutes(1);

/// "karpenter.sh/do-not-disrupt: true", or "".
std::string WishToStay(const api::Pod& pod) {
  for (const auto& [key, wish] : {std::pair(api::kSafeToEvict, "false"),
                                  std::pair(api::kDoNotDisrupt, "true"),
                                  std::pair(api::kDoNotEvict, "true")}) {
    if (api::AnnotationOf(pod.meta, key) == wish) {
      return std::string(key) + ": " + wish;
    }
  }
  return "";
}

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
    book.Add(Finding::Blocks(
        FindingType::kBudgetNeverAllows,
        key,
        "the PodDisruptionBudget's " + why + " never allows an eviction; " + AdviceFor(budget)));
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

/// By how the pod ends: what it loses, how long it takes, what it asks for.
void FindInEnding(const World& world, const api::Pod& pod, FindingBook& book) {
  const api::DrainSpec& drain = world.upgrade->spec.drain;
  for (Finding& loss : LossesOf(drain, pod)) {
    book.Add(std::move(loss));
  }
  const std::int64_t grace = drain.grace_period_seconds
                                 ? *drain.grace_period_seconds
                                 : pod.grace_seconds.value_or(kDefaultGraceSeconds);
  if (drain.timeout_seconds > 0 && grace > drain.timeout_seconds) {
    book.Add(Finding::Warns(FindingType::kGraceTooLong,
                            pod.meta.Key(),
                            "the pod may take " + std::to_string(grace) +
                                " s to end, longer than spec.drain.timeoutSeconds (" +
                                std::to_string(drain.timeout_seconds) +
                                "); raise that, or set spec.drain.gracePeriodSeconds"));
  }
  if (IsAwaited(drain, pod)) {
    return;
  }
  if (const std::string wish = WishToStay(pod); !wish.empty()) {
    book.Add(Finding::Warns(FindingType::kDoNotDisrupt,
                            pod.meta.Key(),
                            "the pod asks not to be disturbed (" + wish +
                                "), and is evicted all the same; select it in "
                                "spec.drain.waitForPods to let it end, or in spec.drain.skipPods "
                                "to leave it on its node"));
  }
  if (pod.meta.controller && pod.meta.controller->kind == "Job") {
    book.Add(Finding::Warns(FindingType::kJobInterrupted,
                            pod.meta.ns + "/" + pod.meta.controller->name,
                            "the Job's pod " + pod.meta.name +
                                " is evicted and begins its work anew; with backoffLimit used up "
                                "the Job fails for good. Select it in spec.drain.waitForPods to "
                                "let it end, or give the Job a podFailurePolicy that ignores "
                                "DisruptionTarget"));
  }
}

}  // namespace

void FindInPod(const World& world, const PodPlan& plan, FindingBook& book) {
  CU_CHECK(plan.moves());
  const api::Pod& pod = *plan.pod;
  FindInEnding(world, pod, book);
  if (OwnerOf(pod) != nullptr && pod.tolerates_cordon) {
    book.Add(MayComeBack(pod));
  }
  if (!FitsElsewhere(world, pod)) {
    book.Add(PinnedPod(pod, "its nodeSelector or node affinity"));
  }
  if (!AsksBudgets(world, plan)) {
    return;
  }
  if (plan.budgets.size() > 1) {
    book.Add(TwoBudgets(plan));
  }
  for (const api::PodDisruptionBudget* budget : plan.budgets) {
    if (Binds(*budget, pod)) {
      FindInBudget(*budget, book);
    }
    if (pod.in_gang) {
      book.Add(Finding::Warns(
          FindingType::kGangUnderBudget,
          budget->meta.Key(),
          "the PodDisruptionBudget selects pods that are scheduled only together "
          "(spec.schedulingGroup): after the first eviction the others may wait for the budget, "
          "and the budget for them; let it allow as many disruptions as the group has pods"));
    }
  }
}

bool AsksBudgets(const World& world, const PodPlan& plan) {
  // Budgets do not hold a pod that is pending (kubernetes/kubernetes
  // pkg/registry/core/pod/storage/eviction.go, canIgnorePDB).
  return plan.pod->phase != api::PodPhase::kPending &&
         !IsAwaited(world.upgrade->spec.drain, *plan.pod);
}

bool Binds(const api::PodDisruptionBudget& budget, const api::Pod& pod) {
  return pod.ready || !budget.lets_unhealthy_go;
}

void FindHanging(const World& world, const PodPlan& plan, FindingBook& book) {
  const api::Pod& pod = *plan.pod;
  if (plan.disposition != PodDisposition::kEvict || !pod.meta.deleted || pod.finished() ||
      world.now.wall < *pod.meta.deleted + kHangsAfter) {
    return;
  }
  const std::string cause = pod.meta.finalizers.empty()
                                ? "check the kubelet of node " + pod.node_name
                                : "its finalizers (" +
                                      base::JoinNames(pod.meta.finalizers, kFinalizersShown) +
                                      ") may keep it: check the controller that set them";
  book.Add(Finding::Warns(FindingType::kHangsInTermination,
                          pod.meta.Key(),
                          "the pod should have ended at " + base::FormatTime(*pod.meta.deleted) +
                              " and still exists, so the drain will wait for it; " + cause));
}

Finding PinnedPod(const api::Pod& pod, const std::string& by) {
  return Finding::Warns(FindingType::kPinnedPod,
                        pod.meta.Key(),
                        "the pod fits only node " + pod.node_name + " (" + by +
                            ") and stays Pending until that node is back");
}

std::vector<Finding> FindOnNode(const Planning& planning,
                                const std::string& node,
                                const NodePods& pods) {
  FindingBook book(planning.spec().preflight_ignore);
  for (const PodPlan& plan : pods.plans) {
    FindHanging(planning.world(), plan, book);
    if (plan.moves()) {
      FindInPod(planning.world(), plan, book);
    }
  }
  FindWebhooksOn(planning, node, pods, book);
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
