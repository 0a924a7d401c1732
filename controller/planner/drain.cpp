#include "planner/drain.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "api/marks.hpp"
#include "planner/recreate.hpp"

namespace cu::planner {
namespace {

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

std::string WhyBlocked(const Answer& answer) {
  switch (answer.verdict) {
    case Verdict::kNoBudget:
      return "DisruptionBudget";
    case Verdict::kBudgetStale:
      return "BudgetNotYetObserved";
    case Verdict::kTwoBudgets:
      return "TwoBudgets";
    case Verdict::kTerminating:
      return "NamespaceTerminating";
    case Verdict::kForbidden:
      return "Forbidden";
    case Verdict::kInvalid:
      return "Refused";
    case Verdict::kAccepted:
    case Verdict::kOverload:
    case Verdict::kGone:
    case Verdict::kConflict:
    case Verdict::kExists:
    case Verdict::kUnknown:
      return "";
  }
  return "";
}

void AddBlocked(std::vector<api::BlockedBy>& blocked, api::BlockedBy entry) {
  const bool known = std::any_of(blocked.begin(), blocked.end(), [&](const auto& other) {
    return std::tie(other.kind, other.ns, other.name, other.reason) ==
           std::tie(entry.kind, entry.ns, entry.name, entry.reason);
  });
  if (!known) {
    blocked.push_back(std::move(entry));
  }
}

const Answer* AnswerTo(const World& world, const Act& act) {
  const auto found = world.answers->find(KeyOf(act));
  return found == world.answers->end() ? nullptr : &found->second;
}

/// A pod whose grace ends later than this much ahead is worth naming.
constexpr auto kLongGrace = std::chrono::seconds(10);

void NoteTerminating(const World& world, const api::Pod& pod, DrainRound& round) {
  const auto ahead = *pod.meta.deleted - world.now.wall;
  if (ahead < -kLongGrace) {
    const bool held = !pod.meta.finalizers.empty();
    AddBlocked(round.blocked,
               {"Pod", pod.meta.ns, pod.meta.name, held ? "Finalizer" : "StuckTerminating", {}});
  } else if (pod.deletion_grace_seconds.value_or(0) > kLongGrace.count()) {
    AddBlocked(round.blocked, {"Pod", pod.meta.ns, pod.meta.name, "Terminating", {}});
  }
}

}  // namespace

PodJudgement JudgePod(const World& world, const api::Pod& pod) {
  PodJudgement judgement;
  if (Stays(world, pod)) {
    judgement.fate = PodFate::kStays;
    return judgement;
  }
  if (!world.self.pod.empty() && pod.meta.Key() == world.self.pod) {
    judgement.fate = OtherReplicaIsReady(world) ? PodFate::kWaits : PodFate::kStays;
    return judgement;
  }
  if (pod.finished() || pod.meta.deleted) {
    return judgement;
  }
  const api::DrainSpec& drain = world.upgrade->spec.drain;
  const std::string name = "pod " + pod.meta.Key();
  if (!pod.meta.controller) {
    const bool saved = drain.unmanaged_pods == api::UnmanagedPods::kRecreate;
    judgement.losses.push_back(
        name + (saved ? " has no controller: it is saved and created again; it restarts, and keeps "
                        "neither its IP nor emptyDir data"
                      : " has no controller: it is lost when it leaves " + pod.node_name));
    if (drain.unmanaged_pods == api::UnmanagedPods::kRefuse) {
      judgement.refusals.push_back(name + " has no controller (spec.drain.unmanagedPods: Refuse)");
    }
  }
  if (pod.has_empty_dir) {
    judgement.losses.push_back(name + " has emptyDir data: it is erased when the pod leaves " +
                               pod.node_name);
    if (drain.empty_dir_pods == api::EmptyDirPods::kRefuse) {
      judgement.refusals.push_back(name + " has emptyDir data (spec.drain.emptyDirPods: Refuse)");
    }
  }
  return judgement;
}

DrainView ViewDrain(const World& world, const api::ObjectMap<api::Pod>& pods) {
  DrainView view;
  const api::Pod* own = nullptr;
  for (const auto& [key, pod] : pods) {
    PodJudgement judgement = JudgePod(world, pod);
    switch (judgement.fate) {
      case PodFate::kStays:
        continue;
      case PodFate::kWaits:
        own = &pod;
        continue;
      case PodFate::kLeaves:
        break;
    }
    view.leaving.push_back(&pod);
    std::move(judgement.losses.begin(), judgement.losses.end(), std::back_inserter(view.losses));
    std::move(
        judgement.refusals.begin(), judgement.refusals.end(), std::back_inserter(view.refusals));
  }
  if (own != nullptr && view.leaving.empty()) {
    view.leaving.push_back(own);
  }
  return view;
}

std::vector<std::string> ReadyDaemonSets(const api::ObjectMap<api::Pod>& pods) {
  std::set<std::string> names;
  for (const auto& [key, pod] : pods) {
    if (pod.meta.controller && pod.meta.controller->kind == "DaemonSet" && pod.ready &&
        !pod.meta.deleted && names.size() < kDaemonSetsMax) {
      names.insert(pod.meta.ns + "/" + pod.meta.controller->name);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<const api::PodDisruptionBudget*> BudgetsOf(const World& world, const api::Pod& pod) {
  std::vector<const api::PodDisruptionBudget*> budgets;
  for (const auto& [key, budget] : *world.budgets) {
    if (budget.meta.ns == pod.meta.ns && budget.selector &&
        budget.selector->Matches(pod.meta.labels)) {
      budgets.push_back(&budget);
    }
  }
  return budgets;
}

std::string BudgetStamp(const std::vector<const api::PodDisruptionBudget*>& budgets) {
  std::string stamp;
  for (const api::PodDisruptionBudget* budget : budgets) {
    stamp += (stamp.empty() ? "" : ",") + budget->meta.Key() + "@" + budget->meta.resource_version;
  }
  return stamp;
}

DrainRound NextEvictions(const World& world, const std::vector<const api::Pod*>& leaving) {
  DrainRound round;
  Quotas quotas;
  for (const api::Pod* pod : leaving) {
    if (pod->meta.deleted) {
      NoteTerminating(world, *pod, round);
      continue;
    }
    if (!MayLeave(world, *pod)) {
      if (auto blocked = WhyNotSaved(world, *pod)) {
        AddBlocked(round.blocked, std::move(*blocked));
      }
      continue;
    }
    const auto budgets =
        pod->finished() ? std::vector<const api::PodDisruptionBudget*>{} : BudgetsOf(world, *pod);
    const bool charged = budgets.size() == 1 && pod->ready;
    if (charged && budgets.front()->disruptions_allowed <= 0) {
      const api::Metadata& meta = budgets.front()->meta;
      AddBlocked(round.blocked,
                 {"PodDisruptionBudget", meta.ns, meta.name, "DisruptionBudget", {}});
    }
    if (charged && !quotas.Take(*budgets.front())) {
      continue;
    }
    Act act = EvictPod{pod->meta.ns,
                       pod->meta.name,
                       pod->meta.uid,
                       world.upgrade->spec.drain.grace_period_seconds,
                       BudgetStamp(budgets)};
    if (const Answer* answer = AnswerTo(world, act)) {
      const std::string reason = WhyBlocked(*answer);
      if (!reason.empty() && budgets.size() != 1) {
        AddBlocked(round.blocked, {"Pod", pod->meta.ns, pod->meta.name, reason, {}});
      } else if (!reason.empty()) {
        const api::Metadata& meta = budgets.front()->meta;
        AddBlocked(round.blocked, {"PodDisruptionBudget", meta.ns, meta.name, reason, {}});
      }
    }
    round.evictions.push_back(std::move(act));
  }
  return round;
}

}  // namespace cu::planner
