#include "planner/report/conditions.hpp"

#include <algorithm>
#include <limits>

#include "api/names.hpp"
#include "base/text.hpp"
#include "planner/model/history.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/saved_pods.hpp"

namespace cu::planner {
namespace {

using api::ConditionStatus;
using api::ConditionType;
using api::HoldReason;
using api::StateReason;

constexpr auto kUnhealthyStallsAfter = std::chrono::minutes(15);
constexpr std::size_t kNamesShown = 3;

void Set(Planning& planning,
         ConditionType type,
         ConditionStatus status,
         const std::string& reason,
         const std::string& message) {
  auto& conditions = planning.status().conditions;
  auto found = std::find_if(conditions.begin(), conditions.end(), [&](const auto& condition) {
    return condition.type == type;
  });
  if (found == conditions.end()) {
    conditions.push_back({type, ConditionStatus::kUnknown, "", "", 0, planning.now()});
    found = conditions.end() - 1;
  }
  if (found->status != status) {
    found->last_transition_time = planning.now();
  }
  found->status = status;
  found->reason = reason;
  found->message = message;
  found->observed_generation = planning.upgrade().meta.generation;
}

ConditionStatus TrueIf(bool holds) {
  return holds ? ConditionStatus::kTrue : ConditionStatus::kFalse;
}

/// Where the whole upgrade stands: something holds it, or a state without a hold.
struct Standing {
  std::optional<Hold> hold;
  StateReason state = StateReason::kUpgradingNodes;  ///< without a hold
  std::string message = {};                          ///< without a hold
  bool ready() const { return !hold && state == StateReason::kUpgraded; }
};

void SetThree(Planning& planning, const Standing& standing) {
  const auto& hold = standing.hold;
  const bool ready = standing.ready();
  const bool reconciling = hold ? hold->kind == Hold::Kind::kPassing : !ready;
  const bool stalled = hold && hold->kind == Hold::Kind::kNeedsPerson;
  const std::string reason = hold ? NameOf(hold->reason) : NameOf(standing.state);
  const std::string& message = hold ? hold->message : standing.message;
  Set(planning, ConditionType::kReady, TrueIf(ready), reason, message);
  Set(planning, ConditionType::kReconciling, TrueIf(reconciling), reason, message);
  Set(planning, ConditionType::kStalled, TrueIf(stalled), reason, message);
}

/// "worker-2: Draining, 14/30 pods; …"
std::string DescribeNode(const api::NodeInWork& entry) {
  return entry.name + ": " + NameOf(entry.step) +
         (entry.message.empty() ? "" : ", " + entry.message);
}

/// No node is in work, nothing waits: everything done, or only failed and postponed nodes left.
Standing AtRest(const Planning& planning) {
  const api::NodeCounts& nodes = planning.status().nodes;
  if (nodes.failed + nodes.postponed > 0) {
    std::vector<std::string> names;
    for (const api::NodeFailure& failure : planning.status().failures) {
      if (!planning.scope().Find(failure.name)->skip) {
        names.push_back(failure.name + " (" + NameOf(failure.reason) + ")");
      }
    }
    for (const api::PostponedNode& postponed : planning.status().postponed) {
      names.push_back(postponed.name + " (" + NameOf(postponed.reason) + ")");
    }
    return {Hold::NeedsPerson(
        HoldReason::kNodesFailed,
        "only failed or postponed nodes are left: " + base::JoinNames(names, kNamesShown) +
            "; repair them, or give them fresh attempts by a new value of "
            "the annotation clusterupgrade.io/retry")};
  }
  if (planning.status().saved_pods > 0) {
    return {Hold::Passing(HoldReason::kPodsToRecreate, DescribeSavedPods(planning))};
  }
  return {std::nullopt,
          StateReason::kUpgraded,
          "every node in scope is at " + planning.spec().version +
              (nodes.skipped == 0 ? "" : "; " + std::to_string(nodes.skipped) + " left alone")};
}

int RankOf(const api::NodeInWork& entry) {
  return entry.blocked_by.empty() ? std::numeric_limits<int>::max()
                                  : static_cast<int>(entry.blocked_by.front().reason);
}

/// The node to speak of: what blocks it is the most urgent, or it is the first.
const api::NodeInWork& MostUrgent(const Planning& planning) {
  const auto& in_progress = planning.status().in_progress;
  return *std::min_element(in_progress.begin(),
                           in_progress.end(),
                           [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
}

/// Nodes are in work: what a person is needed for can wait until they are done.
Standing AtWork(const Planning& planning, const std::vector<Hold>& holds) {
  const auto& in_progress = planning.status().in_progress;
  std::string message = DescribeNode(MostUrgent(planning));
  if (planning.paused()) {
    return {Hold::Paused("spec.paused is true; " + message)};
  }
  if (in_progress.size() > 1) {
    message += "; and " + std::to_string(in_progress.size() - 1) + " more in work";
  }
  if (const auto& halt = planning.halt()) {
    return {Hold::Passing(halt->reason, halt->message + "; first: " + message)};
  }
  if (!holds.empty() && holds.front().kind == Hold::Kind::kNeedsPerson) {
    return {
        Hold::Passing(holds.front().reason, holds.front().message + "; still in work: " + message)};
  }
  const bool repeated = IsRepeated(planning.status());
  return {
      std::nullopt, repeated ? StateReason::kNodeBehind : StateReason::kUpgradingNodes, message};
}

/// Nodes that will be started without a person's help.
int LeftToStart(const Planning& planning) {
  const auto& nodes = planning.scope().nodes;
  const auto coming_back = std::count_if(
      nodes.begin(), nodes.end(), [&](const auto& scoped) { return planning.ComesBack(scoped); });
  return planning.status().nodes.pending + static_cast<int>(coming_back);
}

bool UnhealthyForLong(Planning& planning, const std::vector<Hold>& holds) {
  auto& since = planning.plan().memory.idle_since;
  const bool unhealthy = !holds.empty() && holds.front().reason == HoldReason::kWaitingForNodes;
  if (!unhealthy) {
    // An interruption of the watches cures no node.
    const bool passing = !holds.empty() && holds.front().kind == Hold::Kind::kPassing;
    since = passing ? since : std::nullopt;
    return false;
  }
  const base::SteadyTime now = planning.world().now.steady;
  since = since.value_or(now);
  const bool long_since = now >= *since + kUnhealthyStallsAfter;
  if (!long_since) {
    planning.LookAt(*since + kUnhealthyStallsAfter);
  }
  return long_since;
}

std::string DescribeDeletion(const Planning& planning) {
  const api::ClusterUpgradeStatus& status = planning.status();
  if (!status.in_progress.empty()) {
    return DescribeNode(MostUrgent(planning));
  }
  return status.saved_pods > 0 ? DescribeSavedPods(planning) : "being deleted";
}

Standing Judge(Planning& planning, const std::vector<Hold>& holds) {
  if (planning.deleted()) {
    return {Hold::Passing(HoldReason::kDeleting, DescribeDeletion(planning))};
  }
  if (!planning.status().in_progress.empty()) {
    planning.plan().memory.idle_since.reset();
    return AtWork(planning, holds);
  }
  const bool unhealthy_for_long = UnhealthyForLong(planning, holds);
  if (planning.halt()) {
    return {planning.halt()};
  }
  const Hold* hold = holds.empty() ? nullptr : &holds.front();
  if (hold != nullptr && hold->kind == Hold::Kind::kNeedsPerson) {
    return {*hold};
  }
  if (hold != nullptr && hold->kind == Hold::Kind::kPaused) {
    return {Hold::Paused("spec.paused is true; " + planning.status().progress + " nodes are at " +
                         planning.spec().version)};
  }
  const int left = LeftToStart(planning);
  if (left == 0) {
    return AtRest(planning);
  }
  if (unhealthy_for_long) {
    return {Hold::NeedsPerson(HoldReason::kNodesUnhealthy, hold->message + "; repair them")};
  }
  if (hold == nullptr) {
    return {Hold::Passing(HoldReason::kPending, std::to_string(left) + " nodes wait")};
  }
  return {*hold};
}

void SetPart(Planning& planning, ConditionType type, bool control_plane, const char* whose) {
  std::vector<std::string> behind;
  std::vector<std::string> skipped;
  int nodes = 0;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (scoped.control_plane != control_plane) {
      continue;
    }
    const bool in_work = planning.InWork(scoped.node->meta.name);
    if (scoped.skip && !in_work) {
      skipped.push_back(scoped.node->meta.name + " (" + scoped.skip->text + ")");
      continue;
    }
    ++nodes;
    if (!scoped.done() || in_work) {
      behind.push_back(scoped.node->meta.name);
    }
  }
  const std::string alone =
      skipped.empty() ? "" : "; left alone: " + base::JoinNames(skipped, kNamesShown);
  if (behind.empty()) {
    Set(planning,
        type,
        ConditionStatus::kTrue,
        NameOf(nodes == 0 ? StateReason::kNoNodes : StateReason::kUpgraded),
        (nodes == 0 ? std::string("there is no ") + whose + " node to upgrade"
                    : "all " + std::to_string(nodes) + " are at " + planning.spec().version) +
            alone);
    return;
  }
  Set(planning,
      type,
      ConditionStatus::kFalse,
      NameOf(StateReason::kNotUpgraded),
      std::to_string(behind.size()) + " of " + std::to_string(nodes) +
          " to go: " + base::JoinNames(behind, kNamesShown) + alone);
}

bool IsSurveyed(const Planning& planning) {
  const Survey* survey = planning.world().survey;
  return survey != nullptr &&
         survey->made_for == SurveyKey(planning.upgrade().meta, planning.spec().fingerprint);
}

/// Why nodes that wait for their turn may not be drained, as they were judged last; or "".
std::string RefusedBefore(Planning& planning) {
  auto& refused = planning.plan().memory.refused_nodes;
  std::erase_if(refused, [&](const auto& known) {
    const ScopedNode* scoped = planning.scope().Find(known.first);
    return scoped == nullptr || !planning.IsToBeDone(*scoped);
  });
  std::vector<std::string> texts;
  for (const auto& [node, text] : refused) {
    texts.push_back(text);
  }
  return base::JoinNames(texts, kNamesShown);
}

const Hold* Find(const std::vector<Hold>& holds, HoldReason reason) {
  const auto found = std::find_if(
      holds.begin(), holds.end(), [&](const Hold& hold) { return hold.reason == reason; });
  return found == holds.end() ? nullptr : &*found;
}

void SetPreflight(Planning& planning, const std::vector<Hold>& holds) {
  const auto set = [&](ConditionStatus status, HoldReason reason, const std::string& message) {
    Set(planning, ConditionType::kPreflightPassed, status, NameOf(reason), message);
  };
  // While paused everything is judged anew.
  const std::string before = planning.paused() ? "" : RefusedBefore(planning);
  if (planning.halt()) {
    return set(ConditionStatus::kFalse, planning.halt()->reason, planning.halt()->message);
  }
  if (const Hold* refused = Find(holds, HoldReason::kPreflightRefused)) {
    return set(ConditionStatus::kFalse, refused->reason, refused->message);
  }
  if (const Hold* looking = Find(holds, HoldReason::kPreflight)) {
    return set(ConditionStatus::kUnknown, looking->reason, looking->message);
  }
  if (!before.empty()) {
    return set(ConditionStatus::kFalse, HoldReason::kPreflightRefused, before);
  }
  if (!planning.HasBegun() && LeftToStart(planning) > 0 && !IsSurveyed(planning)) {
    const std::string message = "the pods of the cluster were not looked at yet";
    return holds.empty() ? set(ConditionStatus::kUnknown, HoldReason::kPreflight, message)
                         : set(ConditionStatus::kUnknown,
                               holds.front().reason,
                               message + ": " + holds.front().message);
  }
  const int warnings = planning.status().warnings_total;
  const Survey* survey = planning.world().survey;
  Set(planning,
      ConditionType::kPreflightPassed,
      ConditionStatus::kTrue,
      NameOf(StateReason::kNoObjections),
      "nothing forbids the work planned so far; " + std::to_string(warnings) +
          (warnings == 1 ? " warning" : " warnings") +
          (survey != nullptr && survey->volumes_unread
               ? "; which nodes the volumes fit is unknown: no right to list persistentvolumes"
               : ""));
}

}  // namespace

void SetConditions(Planning& planning, const std::vector<Hold>& holds) {
  const Standing standing = Judge(planning, holds);
  SetThree(planning, standing);
  SetPreflight(planning, holds);
  SetPart(planning, ConditionType::kControlPlaneUpgraded, true, "control-plane");
  SetPart(planning, ConditionType::kWorkersUpgraded, false, "worker");
  if (standing.ready()) {
    CompleteRun(planning);
  }
}

void SetConditionsOfBystander(Planning& planning, const std::string& oldest) {
  const std::string message =
      "only the oldest ClusterUpgrade acts, which is " + oldest + "; delete one of them";
  SetThree(planning, {Hold::NeedsPerson(HoldReason::kAnotherClusterUpgrade, message)});
  for (const ConditionType type : {ConditionType::kPreflightPassed,
                                   ConditionType::kControlPlaneUpgraded,
                                   ConditionType::kWorkersUpgraded}) {
    Set(planning,
        type,
        ConditionStatus::kUnknown,
        NameOf(HoldReason::kAnotherClusterUpgrade),
        message);
  }
}

}  // namespace cu::planner
