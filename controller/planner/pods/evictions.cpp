#include "planner/pods/evictions.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "api/marks.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/saved_pods.hpp"

namespace cu::planner {
namespace {

using api::BlockerKind;
using api::BlockReason;

constexpr std::size_t kDaemonSetsMax = 50;

bool OtherReplicaIsReady(const World& world) {
  if (world.replicas.items == nullptr || !world.replicas.current) {
    return false;
  }
  return std::any_of(
      world.replicas.items->begin(), world.replicas.items->end(), [&](const auto& entry) {
        const api::Pod& pod = entry.second;
        return pod.meta.Key() != world.self.pod && pod.ready && !pod.meta.deleted &&
               pod.node_name != world.self.node;
      });
}

bool IsOwnJobPod(const World& world, const api::Pod& pod) {
  return pod.meta.ns == world.self.job_namespace &&
         pod.meta.labels.contains(std::string(api::kJobUpgrade));
}

bool Stays(const World& world, const api::Pod& pod) {
  const auto& skip = world.upgrade->spec.drain.skip_pods;
  const bool daemon =
      pod.meta.controller && pod.meta.controller->kind == "DaemonSet" && !pod.finished();
  return daemon || pod.mirror() || IsOwnJobPod(world, pod) ||
         (skip && skip->Matches(pod.meta.labels));
}

/// How many evictions each budget may still be asked for in this round.
class Quotas {
 public:
  bool Take(const api::PodDisruptionBudget& budget) {
    auto [left, fresh] = left_.try_emplace(budget.meta.Key(), 0);
    if (fresh) {
      left->second = std::max(1, budget.disruptions_allowed);
    }
    return left->second-- > 0;
  }

 private:
  std::map<std::string, int> left_;
};

/// Why the server does not let this very pod go, whatever its budget says.
std::optional<BlockReason> RefusalOf(const Answer* answer) {
  if (answer == nullptr) {
    return std::nullopt;
  }
  switch (answer->verdict) {
    case Verdict::kTwoBudgets:
      return BlockReason::kTwoBudgets;
    case Verdict::kTerminating:
      return BlockReason::kNamespaceTerminating;
    case Verdict::kForbidden:
      return BlockReason::kForbidden;
    case Verdict::kInvalid:
      return BlockReason::kRefused;
    case Verdict::kAccepted:
    case Verdict::kNoBudget:
    case Verdict::kBudgetStale:
    case Verdict::kOverload:
    case Verdict::kGone:
    case Verdict::kConflict:
    case Verdict::kExists:
    case Verdict::kUnknown:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Answers that pass by themselves, as a rule; from this one in a row on they are worth showing.
constexpr int kAnswersToShow = 3;

/// The server gives no verdict on the pod, again and again: a webhook that cannot be called, a
/// conflict without end, an overload.
bool FailsOften(const Answer* answer) {
  return answer != nullptr && answer->attempts >= kAnswersToShow &&
         (answer->verdict == Verdict::kUnknown || answer->verdict == Verdict::kConflict ||
          answer->verdict == Verdict::kOverload);
}

/// A pod whose grace ends later than this much ahead is worth naming; so is one that is still there
/// this long after.
constexpr auto kLongGrace = std::chrono::seconds(10);

using Budgets = std::vector<const api::PodDisruptionBudget*>;

class Round {
 public:
  Round(const World& world, Means means) : world_(world), budgets_(world), means_(means) {}

  void Consider(const api::Pod& pod) {
    if (pod.meta.deleted) {
      NoteTerminating(pod);
      return;
    }
    if (const std::string refusal = WhyRefused(world_, pod); !refusal.empty()) {
      NotePod(pod, BlockReason::kRefusedByPolicy, refusal);
      return;
    }
    if (!MayLeave(world_, pod)) {
      if (auto blocked = WhyNotSaved(world_, pod)) {
        Note({std::move(*blocked), pod.meta.Key(), ""});
      }
      return;
    }
    switch (means_) {
      case Means::kEvict:
        return Evict(pod);
      case Means::kDelete:
        return Delete(pod);
    }
  }
  DrainRound Take() { return std::move(round_); }

 private:
  void Evict(const api::Pod& pod) {
    const Budgets budgets = pod.finished() ? Budgets{} : budgets_.Of(pod);
    Act act = EvictPod{pod.meta.ns,
                       pod.meta.name,
                       pod.meta.uid,
                       world_.upgrade->spec.drain.grace_period_seconds,
                       BudgetStamp(budgets)};
    const Answer* answer = AnswerTo(*world_.answers, act);
    const std::optional<BlockReason> refusal = RefusalOf(answer);
    const bool gone = answer != nullptr && answer->verdict == Verdict::kGone;
    const bool fails = FailsOften(answer);
    const bool charged = budgets.size() == 1 && pod.ready && !refusal && !gone &&
                         !(fails && answer->verdict != Verdict::kOverload);
    if (refusal) {
      NotePod(pod, *refusal, DetailOf(*answer, budgets));
    } else if (fails) {
      NotePod(pod, BlockReason::kServerError, answer->message);
    } else if (charged || (answer != nullptr && budgets.size() <= 1)) {
      NoteBudget(pod, budgets, answer);
    }
    if (!charged || quotas_.Take(*budgets.front())) {
      round_.acts.push_back(std::move(act));
    }
  }

  void Delete(const api::Pod& pod) {
    Act act = DeletePod{pod.meta.ns, pod.meta.name, pod.meta.uid};
    const Answer* answer = AnswerTo(*world_.answers, act);
    if (const std::optional<BlockReason> refusal = RefusalOf(answer)) {
      const bool right = answer->verdict == Verdict::kForbidden;
      NotePod(pod,
              *refusal,
              DetailOf(*answer, {}) +
                  (right ? " (deploy/optional/delete-pods.yaml has the role for it)" : ""));
    } else if (FailsOften(answer)) {
      NotePod(pod, BlockReason::kServerError, answer->message);
    }
    round_.acts.push_back(std::move(act));
  }

  static std::string DetailOf(const Answer& answer, const Budgets& budgets) {
    if (answer.verdict != Verdict::kTwoBudgets) {
      return answer.message;
    }
    std::vector<std::string> names;
    for (const api::PodDisruptionBudget* budget : budgets) {
      names.push_back(budget->meta.Key());
    }
    return base::JoinNames(names, names.size());
  }

  /// What the pod's budget, or the server on its behalf, has against an eviction.
  void NoteBudget(const api::Pod& pod, const Budgets& budgets, const Answer* answer) {
    const auto says = [&](Verdict verdict) {
      return answer != nullptr && answer->verdict == verdict;
    };
    const bool stale = says(Verdict::kBudgetStale);
    const bool empty = !budgets.empty() && pod.ready && budgets.front()->disruptions_allowed <= 0;
    const bool leaves = says(Verdict::kAccepted) || says(Verdict::kGone);
    if (leaves || !(stale || says(Verdict::kNoBudget) || empty)) {
      return;
    }
    const BlockReason reason =
        stale ? BlockReason::kBudgetNotYetObserved : BlockReason::kDisruptionBudget;
    if (budgets.empty()) {
      NotePod(pod, reason, "(" + answer->message + ")");
      return;
    }
    const api::PodDisruptionBudget& budget = *budgets.front();
    Note({{BlockerKind::kPodDisruptionBudget, budget.meta.ns, budget.meta.name, reason, {}},
          pod.meta.Key(),
          WhyNoRoom(budget)});
  }

  static std::string WhyNoRoom(const api::PodDisruptionBudget& budget) {
    if (const std::string why = WhyNeverAllows(budget); !why.empty()) {
      return "(" + why + ") and never will; change it, or let it go for the upgrade";
    }
    if (const std::string why = WhyUncounted(budget); !why.empty()) {
      return "for " + why + "; correct it, or let it go for the upgrade";
    }
    return "(" + std::to_string(budget.current_healthy) + " of its pods are healthy, " +
           std::to_string(budget.desired_healthy) +
           " must stay so); it will when more of its pods are healthy";
  }

  void NoteTerminating(const api::Pod& pod) {
    const base::WallTime late = *pod.meta.deleted + kLongGrace;
    if (world_.now.wall < late) {
      round_.look_at = std::min(round_.look_at.value_or(late), late);
      if (pod.deletion_grace_seconds.value_or(0) > kLongGrace.count()) {
        NotePod(pod, BlockReason::kTerminating, base::FormatTime(*pod.meta.deleted));
      }
      return;
    }
    const auto node = world_.nodes->find(pod.node_name);
    if (node != world_.nodes->end() && !node->second.ready) {
      NotePod(pod, BlockReason::kKubeletGone, base::FormatTime(*pod.meta.deleted));
    } else if (!pod.meta.finalizers.empty()) {
      NotePod(pod,
              BlockReason::kHeldByFinalizer,
              base::JoinNames(pod.meta.finalizers, pod.meta.finalizers.size()));
    } else {
      NotePod(pod, BlockReason::kStuckTerminating, base::FormatTime(*pod.meta.deleted));
    }
  }

  void NotePod(const api::Pod& pod, BlockReason reason, const std::string& detail) {
    Note({{BlockerKind::kPod, pod.meta.ns, pod.meta.name, reason, {}}, pod.meta.Key(), detail});
  }

  void Note(Obstacle obstacle) {
    auto& known = round_.obstacles;
    const bool told = std::any_of(
        known.begin(), known.end(), [&](const auto& other) { return other.by == obstacle.by; });
    if (!told) {
      known.push_back(std::move(obstacle));
    }
  }

  const World& world_;
  BudgetIndex budgets_;
  Means means_;
  Quotas quotas_;
  DrainRound round_;
};

}  // namespace

PodFate FateOf(const World& world, const api::Pod& pod) {
  if (Stays(world, pod)) {
    return PodFate::kStays;
  }
  if (!world.self.pod.empty() && pod.meta.Key() == world.self.pod) {
    return OtherReplicaIsReady(world) ? PodFate::kWaits : PodFate::kStays;
  }
  return PodFate::kLeaves;
}

std::vector<const api::Pod*> LeavingPods(const World& world, const api::ObjectMap<api::Pod>& pods) {
  std::vector<const api::Pod*> leaving;
  const api::Pod* own = nullptr;
  for (const auto& [key, pod] : pods) {
    switch (FateOf(world, pod)) {
      case PodFate::kStays:
        break;
      case PodFate::kWaits:
        own = &pod;
        break;
      case PodFate::kLeaves:
        leaving.push_back(&pod);
        break;
    }
  }
  if (own != nullptr && leaving.empty()) {
    leaving.push_back(own);
  }
  return leaving;
}

std::vector<std::string> ReadyDaemonSets(const api::ObjectMap<api::Pod>& pods,
                                         const std::vector<std::string>& before) {
  std::set<std::string> names(before.begin(), before.end());
  for (const auto& [key, pod] : pods) {
    if (pod.meta.controller && pod.meta.controller->kind == "DaemonSet" && pod.ready &&
        !pod.meta.deleted && names.size() < kDaemonSetsMax) {
      names.insert(pod.meta.ns + "/" + pod.meta.controller->name);
    }
  }
  return {names.begin(), names.end()};
}

std::string BudgetStamp(const std::vector<const api::PodDisruptionBudget*>& budgets) {
  std::string stamp;
  for (const api::PodDisruptionBudget* budget : budgets) {
    stamp += (stamp.empty() ? "" : ",") + budget->meta.Key() + "@" + budget->meta.resource_version;
  }
  return stamp;
}

DrainRound NextEvictions(const World& world,
                         const std::vector<const api::Pod*>& leaving,
                         Means means) {
  Round round(world, means);
  for (const api::Pod* pod : leaving) {
    round.Consider(*pod);
  }
  return round.Take();
}

}  // namespace cu::planner
