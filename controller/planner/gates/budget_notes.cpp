#include "planner/gates/budget_notes.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "planner/gates/node_findings.hpp"
#include "planner/pods/budgets.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kBudgetsMost = 1'000;
constexpr std::size_t kPodsShown = 3;
constexpr std::size_t kProblemMax = 80;

/// Its status allows none, and nothing else is to be said of it.
bool IsClosedNow(const api::PodDisruptionBudget& budget) {
  return WhyNeverAllows(budget).empty() && WhyUncounted(budget).empty() &&
         WhyAllowsNoneNow(budget).empty() && !WhyTooFewHealthy(budget).empty();
}

/// "team-a/web-1 (CrashLoopBackOff)".
std::string DescribePod(const api::Pod& pod) {
  const std::string state = pod.finished() ? "it has ended"
                            : pod.problem.empty()
                                ? pod.phase == api::PodPhase::kPending ? "Pending" : "not Ready"
                                : base::Cut(pod.problem, kProblemMax);
  return pod.meta.name + " (" + state + (pod.node_name.empty() ? "" : " on " + pod.node_name) + ")";
}

}  // namespace

void BudgetNotes::AddLeaving(const World& world, const PodPlan& plan, bool pinned) {
  if (!AsksBudgets(world, plan)) {
    return;
  }
  for (const api::PodDisruptionBudget* budget : plan.budgets) {
    const std::string key = budget->meta.Key();
    if (!Binds(*budget, *plan.pod)) {
      continue;
    }
    if (IsClosedNow(*budget) && (closed_.contains(key) || closed_.size() < kBudgetsMost)) {
      closed_[key].why = WhyTooFewHealthy(*budget);
    }
    const std::pair place(key, plan.pod->node_name);
    if (pinned && WhyNeverAllows(*budget).empty() &&
        (pinned_.contains(place) || pinned_.size() < kBudgetsMost)) {
      Pinned& note = pinned_[place];
      ++note.pods;
      note.allowed = budget->disruptions_allowed;
      note.advice = AdviceFor(*budget);
    }
  }
}

void BudgetNotes::AddAny(const api::Pod& pod,
                         const std::vector<const api::PodDisruptionBudget*>& budgets) {
  for (const api::PodDisruptionBudget* budget : budgets) {
    const std::string key = budget->meta.Key();
    if (!IsClosedNow(*budget) || (!closed_.contains(key) && closed_.size() >= kBudgetsMost)) {
      continue;
    }
    Closed& note = closed_[key];
    if (note.unhealthy.size() < kPodsShown) {
      note.unhealthy.push_back(DescribePod(pod));
    } else {
      ++note.more;
    }
  }
}

void BudgetNotes::Finish(FindingBook& book) {
  for (auto& [key, note] : closed_) {
    if (note.why.empty()) {
      continue;
    }
    std::string text = "the PodDisruptionBudget allows no eviction now: " + note.why;
    if (!note.unhealthy.empty()) {
      std::sort(note.unhealthy.begin(), note.unhealthy.end());
      text += "; not healthy: " + base::JoinNames(note.unhealthy, note.unhealthy.size()) +
              (note.more == 0 ? "" : " and " + std::to_string(note.more) + " more");
    }
    book.Add(Finding::Warns(api::FindingType::kBudgetAllowsNoneNow,
                            key,
                            text + "; make them healthy, or the drain will wait"));
  }
  for (const auto& [place, note] : pinned_) {
    if (note.pods > 1 && note.pods > note.allowed) {
      book.Add(Finding::Warns(
          api::FindingType::kPinnedUnderBudget,
          place.first,
          std::to_string(note.pods) + " of its pods fit only node " + place.second +
              ", and the PodDisruptionBudget lets " + std::to_string(note.allowed) +
              " go at a time: those that were evicted stay Pending, and the budget waits for "
              "them; " +
              note.advice));
    }
  }
}

}  // namespace cu::planner
