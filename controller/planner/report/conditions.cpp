#include "planner/report/conditions.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "api/names.hpp"
#include "base/check.hpp"
#include "base/text.hpp"
#include "planner/executors/executor.hpp"
#include "planner/model/history.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/nodes/deleted_nodes.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/saved_pods.hpp"
#include "planner/report/token_condition.hpp"

namespace cu::planner {
namespace {

using api::ConditionStatus;
using api::ConditionType;
using api::HoldReason;
using api::StateReason;

constexpr std::size_t kNamesShown = 3;

/// The conditions in the making. Their transition times tell when a status last changed.
class Conditions {
 public:
  explicit Conditions(const Planning& planning)
      : planning_(&planning), list_(planning.status().conditions) {}

  void Set(ConditionType type,
           ConditionStatus status,
           const std::string& reason,
           const std::string& message) {
    auto found = std::find_if(
        list_.begin(), list_.end(), [&](const auto& condition) { return condition.type == type; });
    if (found == list_.end()) {
      list_.push_back({type, ConditionStatus::kUnknown, "", "", 0, planning_->now()});
      found = list_.end() - 1;
    }
    if (found->status != status) {
      found->last_transition_time = planning_->now();
    }
    found->status = status;
    found->reason = reason;
    found->message = message;
    found->observed_generation = planning_->upgrade().meta.generation;
  }
  void Remove(ConditionType type) {
    std::erase_if(list_, [&](const auto& condition) { return condition.type == type; });
  }
  std::vector<api::Condition> Take() { return std::move(list_); }

 private:
  const Planning* planning_;
  std::vector<api::Condition> list_;
};

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

void SetThree(Conditions& conditions, const Standing& standing) {
  const auto& hold = standing.hold;
  const bool ready = standing.ready();
  const bool reconciling = hold ? hold->kind == Hold::Kind::kPassing : !ready;
  const bool stalled = hold && hold->kind == Hold::Kind::kNeedsPerson;
  const std::string reason = hold ? NameOf(hold->reason) : NameOf(standing.state);
  const std::string& message = hold ? hold->message : standing.message;
  conditions.Set(ConditionType::kReady, TrueIf(ready), reason, message);
  conditions.Set(ConditionType::kReconciling, TrueIf(reconciling), reason, message);
  conditions.Set(ConditionType::kStalled, TrueIf(stalled), reason, message);
}

/// "worker-2: Draining, 14/30 pods; …"; with the version where that is a stop on the way.
std::string DescribeNode(const Planning& planning, const api::NodeInWork& entry) {
  const bool stop = entry.version != planning.target().text;
  return entry.name + ": " + NameOf(entry.step) + (stop ? " to " + entry.version : "") +
         (entry.message.empty() ? "" : ", " + entry.message);
}

/// "; 2 nodes were left alone: win-1 (runs windows, …), …", or "".
std::string DescribeSkipped(const Planning& planning) {
  base::NameList skipped(kNamesShown);
  for (const NodeView& view : planning.nodes()) {
    if (view.state() == NodeState::kSkipped) {
      skipped.Add([&] { return view.name() + " (" + view.skip->text + ")"; });
    }
  }
  return skipped.empty() ? ""
                         : "; " + std::to_string(skipped.size()) +
                               (skipped.size() == 1 ? " node was" : " nodes were") +
                               " left alone: " + skipped.Text();
}

/// No node is in work, nothing waits: everything done, or only failed and postponed nodes left.
Standing AtRest(const Planning& planning, const TokenWork& tokens) {
  const api::NodeCounts& nodes = planning.status().nodes;
  if (nodes.failed + nodes.postponed > 0) {
    std::vector<std::string> names;
    for (const api::NodeFailure& failure : planning.status().failures) {
      if (const NodeView* view = planning.FindView(failure.name);
          PlaceOf(planning.status(), failure) != nullptr ||
          (view != nullptr && view->skip == nullptr)) {
        names.push_back(failure.name + " (" + NameOf(failure.reason) + ")");
      }
    }
    for (const api::PostponedNode& postponed : planning.status().postponed) {
      names.push_back(postponed.name + " (" + NameOf(postponed.reason) + ")");
    }
    return {Hold::NeedsPerson(
        HoldReason::kNodesFailed,
        "only failed or postponed nodes are left: " + base::JoinNames(names, kNamesShown) +
            "; repair them, or retry: set the annotation clusterupgrade.io/retry to a new value")};
  }
  if (std::string awaited = DescribeAwaited(planning.status()); !awaited.empty()) {
    return {Hold::Passing(HoldReason::kWaitingForReplacement, std::move(awaited))};
  }
  if (planning.status().saved_pods > 0) {
    return {Hold::Passing(HoldReason::kPodsToRecreate, DescribeSavedPods(planning))};
  }
  if (!KnowsStages(planning)) {
    return {Hold::Passing(HoldReason::kLookingAtNode,
                          "waiting for the static pods of the control plane")};
  }
  if (!planning.scope().route().OnItsEnd()) {
    return {
        Hold::Passing(HoldReason::kPending, planning.hop().target.text + " is not reached yet")};
  }
  if (auto hold = HoldOfTokens(tokens)) {
    return {std::move(hold)};
  }
  return {std::nullopt,
          StateReason::kUpgraded,
          "every node in scope is at " + planning.target().text + DescribeSkipped(planning)};
}

int RankOf(const api::NodeInWork& entry) {
  return entry.blocked_by.empty() ? std::numeric_limits<int>::max()
                                  : static_cast<int>(entry.blocked_by.front().reason);
}

/// The node to speak of: what blocks it is the most urgent, or it is the first.
const api::NodeInWork& MostUrgent(const Planning& planning) {
  const auto& in_progress = planning.status().in_progress;
  CU_CHECK(!in_progress.empty());
  return *std::min_element(in_progress.begin(),
                           in_progress.end(),
                           [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
}

/// Nodes are in work: what a person is needed for can wait until they are done.
Standing AtWork(const Planning& planning, const std::vector<Hold>& holds) {
  const auto& in_progress = planning.status().in_progress;
  std::string message = DescribeNode(planning, MostUrgent(planning));
  if (planning.paused()) {
    return {Hold::Paused("spec.paused is true; " + message)};
  }
  if (in_progress.size() > 1) {
    message += "; and " + std::to_string(in_progress.size() - 1) + " more in progress";
  }
  if (const auto& halt = planning.halt()) {
    return {Hold::Passing(halt->reason, halt->message + "; in progress: " + message)};
  }
  if (!holds.empty() && holds.front().kind == Hold::Kind::kNeedsPerson) {
    return {Hold::Passing(holds.front().reason,
                          holds.front().message + "; still in progress: " + message)};
  }
  const bool repeated = IsRepeated(planning.status());
  return {
      std::nullopt, repeated ? StateReason::kNodeBehind : StateReason::kUpgradingNodes, message};
}

/// Nodes that will be started without a person's help: none where those of the hop have failed.
int LeftToStart(const Planning& planning) {
  const auto& nodes = planning.nodes();
  if (std::none_of(
          nodes.begin(), nodes.end(), [](const NodeView& view) { return view.IsInTurn(); })) {
    return 0;
  }
  return static_cast<int>(std::count_if(
      nodes.begin(), nodes.end(), [](const NodeView& view) { return view.IsToBeDone(); }));
}

std::string DescribeDeletion(const Planning& planning) {
  const api::ClusterUpgradeStatus& status = planning.status();
  if (!status.in_progress.empty()) {
    return DescribeNode(planning, MostUrgent(planning));
  }
  return status.saved_pods > 0 ? DescribeSavedPods(planning)
                               : "the ClusterUpgrade is being deleted";
}

Standing Judge(const Planning& planning, const std::vector<Hold>& holds, const TokenWork& tokens) {
  if (planning.deleted()) {
    return {Hold::Passing(HoldReason::kDeleting, DescribeDeletion(planning))};
  }
  if (!planning.status().in_progress.empty()) {
    return AtWork(planning, holds);
  }
  const Hold* hold = holds.empty() ? nullptr : &holds.front();
  if (hold != nullptr && hold->kind == Hold::Kind::kNeedsPerson) {
    return {*hold};
  }
  if (hold != nullptr && hold->kind == Hold::Kind::kPaused) {
    return {Hold::Paused("spec.paused is true; " + planning.status().progress + " nodes are at " +
                         planning.target().text)};
  }
  const int left = LeftToStart(planning);
  if (left == 0) {
    return AtRest(planning, tokens);
  }
  if (hold == nullptr) {
    return {Hold::Passing(
        HoldReason::kPending,
        std::to_string(left) + (left == 1 ? " node is pending" : " nodes are pending"))};
  }
  return {*hold};
}

/// ControlPlaneUpgraded or WorkersUpgraded. `whose`: "control-plane" or "worker".
void SetPart(const Planning& planning,
             ConditionType type,
             const char* whose,
             Conditions& conditions) {
  const bool control_plane = type == ConditionType::kControlPlaneUpgraded;
  base::NameList behind(kNamesShown);
  base::NameList skipped(kNamesShown);
  int nodes = 0;
  for (const NodeView& view : planning.nodes()) {
    if (view.control_plane != control_plane) {
      continue;
    }
    if (view.skip != nullptr && !view.in_work) {
      skipped.Add([&] { return view.name() + " (" + view.skip->text + ")"; });
      continue;
    }
    ++nodes;
    if (!view.done() || view.in_work) {
      behind.Add([&] { return view.name(); });
    }
  }
  const std::string alone = skipped.empty() ? "" : "; skipped: " + skipped.Text();
  if (!behind.empty()) {
    conditions.Set(type,
                   ConditionStatus::kFalse,
                   NameOf(StateReason::kNotUpgraded),
                   std::to_string(behind.size()) + " of " + std::to_string(nodes) +
                       " not upgraded: " + behind.Text() + alone);
  } else if (nodes == 0) {
    conditions.Set(type,
                   ConditionStatus::kTrue,
                   NameOf(StateReason::kNoNodes),
                   std::string("there is no ") + whose + " node to upgrade" + alone);
  } else {
    conditions.Set(type,
                   ConditionStatus::kTrue,
                   NameOf(StateReason::kUpgraded),
                   "all " + std::to_string(nodes) + " are at " + planning.target().text + alone);
  }
}

bool IsSurveyed(const Planning& planning) {
  const Survey* survey = planning.world().survey;
  return survey != nullptr &&
         survey->made_for == SurveyKey(planning.upgrade().meta, planning.spec().fingerprint);
}

/// Why nodes that wait for their turn may not be drained, as they were judged last; or "".
std::string RefusedBefore(const Planning& planning, const RefusedNodes& refused) {
  std::vector<std::string> texts;
  for (const auto& [node, text] : refused) {
    const NodeView* view = planning.FindView(node);
    if (view != nullptr && view->IsToBeDone()) {
      texts.push_back(text);
    }
  }
  return base::JoinNames(texts, kNamesShown);
}

const Hold* Find(const std::vector<Hold>& holds, HoldReason reason) {
  const auto found = std::find_if(
      holds.begin(), holds.end(), [&](const Hold& hold) { return hold.reason == reason; });
  return found == holds.end() ? nullptr : &*found;
}

void SetPreflight(const Planning& planning,
                  const std::vector<Hold>& holds,
                  const RefusedNodes& refused,
                  Conditions& conditions) {
  const auto set = [&](ConditionStatus status, HoldReason reason, const std::string& message) {
    conditions.Set(ConditionType::kPreflightPassed, status, NameOf(reason), message);
  };
  // While paused everything is judged anew.
  const std::string before = planning.paused() ? "" : RefusedBefore(planning, refused);
  if (planning.halt()) {
    return set(ConditionStatus::kFalse, planning.halt()->reason, planning.halt()->message);
  }
  if (const Hold* refusal = Find(holds, HoldReason::kPreflightRefused)) {
    return set(ConditionStatus::kFalse, refusal->reason, refusal->message);
  }
  if (const Hold* looking = Find(holds, HoldReason::kPreflight)) {
    return set(ConditionStatus::kUnknown, looking->reason, looking->message);
  }
  if (!before.empty()) {
    return set(ConditionStatus::kFalse, HoldReason::kPreflightRefused, before);
  }
  if (!planning.HasBegun() && LeftToStart(planning) > 0 && !IsSurveyed(planning)) {
    const std::string message = "the pods of the cluster have not been checked yet";
    return holds.empty() ? set(ConditionStatus::kUnknown, HoldReason::kPreflight, message)
                         : set(ConditionStatus::kUnknown,
                               holds.front().reason,
                               message + ": " + holds.front().message);
  }
  const int warnings = planning.status().warnings_total;
  const Survey* survey = planning.world().survey;
  conditions.Set(ConditionType::kPreflightPassed,
                 ConditionStatus::kTrue,
                 NameOf(StateReason::kNoObjections),
                 "no blocking findings; " + std::to_string(warnings) +
                     (warnings == 1 ? " warning" : " warnings") +
                     (survey != nullptr && survey->volumes_unread
                          ? "; volumes were not checked: no permission to list persistentvolumes"
                          : ""));
}

void SetTokens(const TokenWork& tokens, Conditions& conditions) {
  if (!tokens.status) {
    conditions.Remove(ConditionType::kTokensFresh);
    return;
  }
  const TokenCondition fresh = MakeTokenCondition(tokens);
  conditions.Set(ConditionType::kTokensFresh, fresh.status, NameOf(fresh.reason), fresh.message);
}

}  // namespace

ConditionsReport MakeConditions(const Planning& planning,
                                const std::vector<Hold>& holds,
                                const RefusedNodes& refused,
                                const TokenWork& tokens) {
  const Standing standing = Judge(planning, holds, tokens);
  Conditions conditions(planning);
  SetThree(conditions, standing);
  SetPreflight(planning, holds, refused, conditions);
  SetPart(planning, ConditionType::kControlPlaneUpgraded, "control-plane", conditions);
  SetPart(planning, ConditionType::kWorkersUpgraded, "worker", conditions);
  SetTokens(tokens, conditions);
  return {conditions.Take(), standing.ready()};
}

std::vector<api::Condition> ConditionsOfBystander(const Planning& planning,
                                                  const std::string& oldest) {
  const std::string message =
      "only the oldest ClusterUpgrade is active, which is " + oldest + "; delete one of them";
  Conditions conditions(planning);
  SetThree(conditions, {Hold::NeedsPerson(HoldReason::kAnotherClusterUpgrade, message)});
  for (const ConditionType type : {ConditionType::kPreflightPassed,
                                   ConditionType::kControlPlaneUpgraded,
                                   ConditionType::kWorkersUpgraded}) {
    conditions.Set(
        type, ConditionStatus::kUnknown, NameOf(HoldReason::kAnotherClusterUpgrade), message);
  }
  return conditions.Take();
}

}  // namespace cu::planner
