#include "planner/pods/evictions.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/pods/budgets.hpp"
#include "planner/pods/kept_pods.hpp"
#include "planner/pods/pins.hpp"

namespace cu::planner {
namespace {

using api::BlockerKind;
using api::BlockReason;

/// Budgets of a pod, and its finalizers.
constexpr std::size_t kNamed = 5;

/// How many evictions each budget may still be asked for in this round.
class Quotas {
 public:
  bool Take(const api::PodDisruptionBudget& budget) {
    auto [left, inserted] = left_.try_emplace(budget.meta.Key(), 0);
    if (inserted) {
      left->second = std::max(1, budget.disruptions_allowed);
    }
    return left->second-- > 0;
  }

 private:
  std::map<std::string, int> left_;
};

/// Why the server does not let this very pod go, whatever its budget says.
std::optional<BlockReason> RefusalOf(const ActionResult* result) {
  if (result == nullptr) {
    return std::nullopt;
  }
  switch (result->outcome) {
    case Outcome::kTwoBudgets:
      return BlockReason::kTwoBudgets;
    case Outcome::kTerminating:
      return BlockReason::kNamespaceTerminating;
    case Outcome::kForbidden:
      return BlockReason::kForbidden;
    case Outcome::kDenied:
      return BlockReason::kAdmissionDenied;
    case Outcome::kInvalid:
      return BlockReason::kRefused;
    case Outcome::kAccepted:
    case Outcome::kNoBudget:
    case Outcome::kBudgetStale:
    case Outcome::kOverload:
    case Outcome::kGone:
    case Outcome::kConflict:
    case Outcome::kExists:
    case Outcome::kUnjudged:
    case Outcome::kUnknown:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Answers that pass by themselves, as a rule; from this one in a row on they are worth showing.
constexpr int kAnswersToShow = 3;

/// The server gives no verdict on the pod, again and again: a webhook that cannot be called, a
/// conflict without end, an overload.
bool FailsOften(const ActionResult* result) {
  return result != nullptr && result->attempts >= kAnswersToShow &&
         (SaysNothing(result->outcome) || result->outcome == Outcome::kConflict);
}

/// A pod whose grace ends later than this much ahead is worth naming; so is one that is still there
/// this long after.
constexpr auto kLongGrace = std::chrono::seconds(10);

using Budgets = std::vector<const api::PodDisruptionBudget*>;

EvictPod EvictionOf(const World& world, const PodPlan& plan) {
  const api::Metadata& meta = plan.pod->meta;
  return {meta.ns,
          meta.name,
          meta.uid,
          world.upgrade->spec.drain.grace_period_seconds,
          {RefsOf(plan.budgets), plan.pod->ready}};
}

class Round {
 public:
  Round(const World& world, Means means) : world_(world), means_(means) {}

  void Consider(const PodPlan& plan) {
    const api::Pod& pod = *plan.pod;
    if (pod.meta.deleted) {
      NoteTerminating(pod);
    } else if (!plan.refusal.empty()) {
      NotePod(pod, BlockReason::kRefusedByPolicy, plan.refusal);
    } else if (!plan.may_leave) {
      NoteUnsaved(pod);
    } else {
      switch (means_) {
        case Means::kEvict:
          return Evict(plan);
        case Means::kDelete:
          return Delete(pod);
      }
    }
  }
  DrainRound Take() { return std::move(round_); }

 private:
  void Evict(const PodPlan& plan) {
    const api::Pod& pod = *plan.pod;
    const Budgets& budgets = plan.budgets;
    Action action = EvictionOf(world_, plan);
    const ActionResult* result = ResultOf(*world_.results, action);
    if (result != nullptr && IsOutdated(*result, std::get<EvictPod>(action).facts)) {
      result = nullptr;
    }
    const std::optional<BlockReason> refusal = RefusalOf(result);
    const bool gone = result != nullptr && result->outcome == Outcome::kGone;
    const bool fails = FailsOften(result);
    const bool charged = budgets.size() == 1 && pod.ready && !refusal && !gone &&
                         !(fails && result->outcome != Outcome::kOverload);
    if (refusal) {
      NotePod(pod, *refusal, DetailOf(*result, budgets));
    } else if (fails) {
      NotePod(pod, BlockReason::kServerError, result->message);
    } else if (charged || (result != nullptr && budgets.size() <= 1)) {
      NoteBudget(pod, budgets, result);
    }
    if (!charged || quotas_.Take(*budgets.front())) {
      round_.actions.push_back(std::move(action));
    }
  }

  void Delete(const api::Pod& pod) {
    Action action = DeletePod{pod.meta.ns, pod.meta.name, pod.meta.uid};
    const ActionResult* result = ResultOf(*world_.results, action);
    if (const std::optional<BlockReason> refusal = RefusalOf(result)) {
      const bool right = result->outcome == Outcome::kForbidden;
      NotePod(pod,
              *refusal,
              DetailOf(*result, {}) +
                  (right ? " (its role is in deploy/optional/delete-pods.yaml)" : ""));
    } else if (FailsOften(result)) {
      NotePod(pod, BlockReason::kServerError, result->message);
    }
    round_.actions.push_back(std::move(action));
  }

  /// Read once, and only where a pod is to be saved.
  const KeptPods& Kept() {
    if (!kept_) {
      kept_.emplace(world_);
    }
    return *kept_;
  }

  /// It is to be saved first. Silent while that is under way.
  void NoteUnsaved(const api::Pod& pod) {
    const SavePodTemplate save = SaveOf(world_.upgrade->meta, pod, "");
    const ActionResult* result = ResultOf(*world_.results, save);
    const auto refusal = RefusalOf(result);
    const std::string why = refusal ? result->message : Kept().WhyNotSaved(pod);
    if (!why.empty()) {
      Note({{BlockerKind::kPodTemplate,
             pod.meta.ns,
             save.pod.name,
             refusal.value_or(BlockReason::kNotSaved),
             {}},
            pod.meta.Key(),
            why});
    }
  }

  static std::string DetailOf(const ActionResult& result, const Budgets& budgets) {
    if (result.outcome != Outcome::kTwoBudgets) {
      return result.message;
    }
    std::vector<std::string> names;
    for (const api::PodDisruptionBudget* budget : budgets) {
      names.push_back(budget->meta.Key());
    }
    return base::JoinNames(names, kNamed);
  }

  /// What the pod's budget, or the server on its behalf, has against an eviction.
  void NoteBudget(const api::Pod& pod, const Budgets& budgets, const ActionResult* result) {
    const auto says = [&](Outcome outcome) {
      return result != nullptr && result->outcome == outcome;
    };
    const bool stale = says(Outcome::kBudgetStale);
    const bool empty = !budgets.empty() && pod.ready && budgets.front()->disruptions_allowed <= 0;
    const bool leaves = says(Outcome::kAccepted) || says(Outcome::kGone);
    if (leaves || !(stale || says(Outcome::kNoBudget) || empty)) {
      return;
    }
    const BlockReason reason =
        stale ? BlockReason::kBudgetNotYetObserved : BlockReason::kDisruptionBudget;
    if (budgets.empty()) {
      CU_CHECK(result != nullptr);
      NotePod(pod, reason, "(" + result->message + ")");
      return;
    }
    const api::PodDisruptionBudget& budget = *budgets.front();
    Note({{BlockerKind::kPodDisruptionBudget, budget.meta.ns, budget.meta.name, reason, {}},
          pod.meta.Key(),
          WhyNoRoom(pod, budget)});
  }

  std::string WhyNoRoom(const api::Pod& pod, const api::PodDisruptionBudget& budget) const {
    if (const std::string why = WhyNeverAllows(budget); !why.empty()) {
      return "(" + why + ") and never will; " + AdviceFor(budget);
    }
    if (const std::string why = WhyUncounted(budget); !why.empty()) {
      return "because " + why + "; " + AdviceFor(budget);
    }
    const std::string count = "(" + std::to_string(budget.current_healthy) +
                              " of its pods are healthy, " +
                              std::to_string(budget.desired_healthy) + " are required)";
    if (!NodeIsReady(pod.node_name)) {
      return count + "; the pod's own node is not Ready: repair the node";
    }
    if (IsCordoned(pod.node_name) && !FitsElsewhere(world_, pod)) {
      return count +
             "; its pods fit only this node (nodeSelector or node affinity) and stay "
             "Pending while it is cordoned: " +
             AdviceFor(budget);
    }
    return count + "; it will once more of them are healthy";
  }

  bool IsCordoned(const std::string& name) const {
    const auto node = world_.nodes->find(name);
    return node != world_.nodes->end() && node->second.unschedulable;
  }

  bool NodeIsReady(const std::string& name) const {
    const auto node = world_.nodes->find(name);
    return node == world_.nodes->end() || node->second.ready;
  }

  void NoteTerminating(const api::Pod& pod) {
    const base::WallTime late = *pod.meta.deleted + kLongGrace;
    if (world_.now.wall < late) {
      round_.wake_at = std::min(round_.wake_at.value_or(late), late);
      if (pod.deletion_grace_seconds.value_or(0) > kLongGrace.count()) {
        NotePod(pod, BlockReason::kTerminating, base::FormatTime(*pod.meta.deleted));
      }
      return;
    }
    if (!NodeIsReady(pod.node_name)) {
      NotePod(pod, BlockReason::kKubeletGone, base::FormatTime(*pod.meta.deleted));
    } else if (!pod.meta.finalizers.empty()) {
      NotePod(pod, BlockReason::kHeldByFinalizer, base::JoinNames(pod.meta.finalizers, kNamed));
    } else {
      NotePod(pod, BlockReason::kStuckTerminating, base::FormatTime(*pod.meta.deleted));
    }
  }

  void NotePod(const api::Pod& pod, BlockReason reason, const std::string& detail) {
    Note({{BlockerKind::kPod, pod.meta.ns, pod.meta.name, reason, {}}, pod.meta.Key(), detail});
  }

  void Note(Obstacle obstacle) {
    auto& obstacles = round_.obstacles;
    const bool noted = std::any_of(obstacles.begin(), obstacles.end(), [&](const auto& other) {
      return other.by == obstacle.by;
    });
    if (!noted) {
      obstacles.push_back(std::move(obstacle));
    }
  }

  const World& world_;
  Means means_;
  Quotas quotas_;
  std::optional<KeptPods> kept_;
  DrainRound round_;
};

}  // namespace

bool HoldsDrain(const World& world, const PodPlan& leaving) {
  return !leaving.pod->finished() ||
         ResultOf(*world.results, EvictionOf(world, leaving)) == nullptr;
}

bool IsLeaving(const World& world, const api::Pod& pod) {
  const ActionResult* result =
      ResultOf(*world.results, EvictPod{pod.meta.ns, pod.meta.name, pod.meta.uid, {}, {}});
  return result != nullptr &&
         (result->outcome == Outcome::kAccepted || result->outcome == Outcome::kUnknown);
}

DrainRound NextEvictions(const World& world,
                         const std::vector<const PodPlan*>& leaving,
                         Means means) {
  Round round(world, means);
  for (const PodPlan* plan : leaving) {
    round.Consider(*plan);
  }
  return round.Take();
}

}  // namespace cu::planner
