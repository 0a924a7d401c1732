#include "planner/report/conditions.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "planner/model/history.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/saved_pods.hpp"
#include "planner/target/node_state.hpp"

namespace cu::planner {
namespace {

using api::ConditionStatus;

constexpr auto kUnhealthyStallsAfter = std::chrono::minutes(15);
constexpr std::size_t kNamesShown = 3;

struct Summary {
  ConditionStatus ready = ConditionStatus::kFalse;
  ConditionStatus reconciling = ConditionStatus::kFalse;
  ConditionStatus stalled = ConditionStatus::kFalse;
  std::string reason;
  std::string message;
};

void Set(Planning& planning,
         const std::string& type,
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

void SetThree(Planning& planning, const Summary& verdict) {
  Set(planning, "Ready", verdict.ready, verdict.reason, verdict.message);
  Set(planning, "Reconciling", verdict.reconciling, verdict.reason, verdict.message);
  Set(planning, "Stalled", verdict.stalled, verdict.reason, verdict.message);
}

Summary Stalled(std::string reason, std::string message) {
  return {ConditionStatus::kFalse,
          ConditionStatus::kFalse,
          ConditionStatus::kTrue,
          std::move(reason),
          std::move(message)};
}

Summary Reconciling(std::string reason, std::string message) {
  return {ConditionStatus::kFalse,
          ConditionStatus::kTrue,
          ConditionStatus::kFalse,
          std::move(reason),
          std::move(message)};
}

/// No node is in work, nothing waits: everything done, or only failed and postponed nodes left.
Summary AtRest(const Planning& planning) {
  const api::NodeCounts& nodes = planning.status().nodes;
  if (nodes.failed + nodes.postponed > 0) {
    std::vector<std::string> names;
    for (const api::NodeFailure& failure : planning.status().failures) {
      if (planning.scope().Find(failure.name)->skipped.empty()) {
        names.push_back(failure.name + " (" + failure.reason + ")");
      }
    }
    for (const api::PostponedNode& postponed : planning.status().postponed) {
      names.push_back(postponed.name + " (" + postponed.reason + ")");
    }
    return Stalled(
        "NodesFailed",
        "only failed or postponed nodes are left: " + base::JoinNames(names, kNamesShown) +
            "; repair them, or give them fresh attempts by a new value of the "
            "annotation clusterupgrade.io/retry");
  }
  if (planning.status().saved_pods > 0) {
    return Reconciling("PodsToRecreate", DescribeSavedPods(planning));
  }
  return {ConditionStatus::kTrue,
          ConditionStatus::kFalse,
          ConditionStatus::kFalse,
          "Upgraded",
          "every node in scope is at " + planning.spec().version +
              (nodes.skipped == 0 ? "" : "; " + std::to_string(nodes.skipped) + " left alone")};
}

int RankOf(const api::NodeInWork& entry) {
  return entry.blocked_by.empty() ? std::numeric_limits<int>::max()
                                  : UrgencyOf(entry.blocked_by.front().reason);
}

/// The node to speak of: what blocks it is the most urgent, or it is the first.
const api::NodeInWork& MostUrgent(const Planning& planning) {
  const auto& in_progress = planning.status().in_progress;
  return *std::min_element(in_progress.begin(),
                           in_progress.end(),
                           [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
}

Summary AtWork(const Planning& planning, const Waiting& waiting) {
  const auto& in_progress = planning.status().in_progress;
  if (planning.paused()) {
    return {ConditionStatus::kFalse,
            ConditionStatus::kFalse,
            ConditionStatus::kFalse,
            "Paused",
            "spec.paused is true; " + DescribeNode(MostUrgent(planning))};
  }
  std::string message = DescribeNode(MostUrgent(planning));
  if (in_progress.size() > 1) {
    message += "; and " + std::to_string(in_progress.size() - 1) + " more in work";
  }
  if (planning.halt()) {
    return Reconciling(planning.halt()->reason, planning.halt()->message + "; first: " + message);
  }
  if (waiting.stalled) {
    return Reconciling(waiting.reason, waiting.message + "; still in work: " + message);
  }
  return Reconciling(IsRepeated(planning.status()) ? "NodeBehind" : "UpgradingNodes", message);
}

/// Nodes that will be started without a person's help.
int LeftToStart(const Planning& planning) {
  const auto& nodes = planning.scope().nodes;
  const auto coming_back = std::count_if(
      nodes.begin(), nodes.end(), [&](const auto& scoped) { return planning.ComesBack(scoped); });
  return planning.status().nodes.pending + static_cast<int>(coming_back);
}

bool UnhealthyForLong(Planning& planning, const Waiting& waiting) {
  auto& since = planning.plan().memory.idle_since;
  // A blip of the watches cures no node.
  const bool passing = !waiting.reason.empty() && !waiting.stalled && waiting.reason != "Paused";
  if (!waiting.unhealthy) {
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

Summary Judge(Planning& planning, const Waiting& waiting) {
  if (planning.deleted()) {
    return Reconciling("Deleting", DescribeDeletion(planning));
  }
  if (!planning.status().in_progress.empty()) {
    planning.plan().memory.idle_since.reset();
    return AtWork(planning, waiting);
  }
  const bool unhealthy_for_long = UnhealthyForLong(planning, waiting);
  if (planning.halt()) {
    return Stalled(planning.halt()->reason, planning.halt()->message);
  }
  if (waiting.stalled) {
    return Stalled(waiting.reason, waiting.message);
  }
  if (waiting.reason == "Paused") {
    return {ConditionStatus::kFalse,
            ConditionStatus::kFalse,
            ConditionStatus::kFalse,
            "Paused",
            "spec.paused is true; " + planning.status().progress + " nodes are at " +
                planning.spec().version};
  }
  const int left = LeftToStart(planning);
  if (left == 0) {
    return AtRest(planning);
  }
  if (unhealthy_for_long) {
    return Stalled("NodesUnhealthy", waiting.message + "; repair them");
  }
  if (waiting.reason.empty()) {
    return Reconciling("Pending", std::to_string(left) + " nodes wait");
  }
  return Reconciling(waiting.reason, waiting.message);
}

void SetPart(Planning& planning, const std::string& type, bool control_plane, const char* whose) {
  std::vector<std::string> behind;
  std::vector<std::string> skipped;
  int nodes = 0;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (scoped.control_plane != control_plane) {
      continue;
    }
    const bool in_work = planning.InWork(scoped.node->meta.name);
    if (!scoped.skipped.empty() && !in_work) {
      skipped.push_back(scoped.node->meta.name + " (" + scoped.skipped + ")");
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
        nodes == 0 ? "NoNodes" : "Upgraded",
        (nodes == 0 ? std::string("there is no ") + whose + " node to upgrade"
                    : "all " + std::to_string(nodes) + " are at " + planning.spec().version) +
            alone);
    return;
  }
  Set(planning,
      type,
      ConditionStatus::kFalse,
      "NotUpgraded",
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

void SetPreflight(Planning& planning, const Waiting& waiting) {
  // While paused everything is judged anew.
  const std::string before = planning.paused() ? "" : RefusedBefore(planning);
  if (planning.halt()) {
    Set(planning,
        "PreflightPassed",
        ConditionStatus::kFalse,
        planning.halt()->reason,
        planning.halt()->message);
  } else if (!waiting.refusal.empty()) {
    Set(planning, "PreflightPassed", ConditionStatus::kFalse, "PreflightRefused", waiting.refusal);
  } else if (waiting.reason == "Preflight" || !waiting.looking.empty()) {
    Set(planning,
        "PreflightPassed",
        ConditionStatus::kUnknown,
        "Preflight",
        waiting.looking.empty() ? waiting.message : waiting.looking);
  } else if (!before.empty()) {
    Set(planning, "PreflightPassed", ConditionStatus::kFalse, "PreflightRefused", before);
  } else if (!planning.HasBegun() && LeftToStart(planning) > 0 && !IsSurveyed(planning)) {
    Set(planning,
        "PreflightPassed",
        ConditionStatus::kUnknown,
        waiting.reason.empty() ? "Preflight" : waiting.reason,
        "the pods of the cluster were not looked at yet" +
            (waiting.message.empty() ? "" : ": " + waiting.message));
  } else {
    const int warnings = planning.status().warnings_total;
    const Survey* survey = planning.world().survey;
    Set(planning,
        "PreflightPassed",
        ConditionStatus::kTrue,
        "NoObjections",
        "nothing forbids the work planned so far; " + std::to_string(warnings) +
            (warnings == 1 ? " warning" : " warnings") +
            (survey != nullptr && survey->volumes_unread
                 ? "; which nodes the volumes fit is unknown: no right to list persistentvolumes"
                 : ""));
  }
}

int& CountOf(api::NodeCounts& counts, NodeState state) {
  switch (state) {
    case NodeState::kUpgraded:
      return counts.upgraded;
    case NodeState::kUpgrading:
      return counts.upgrading;
    case NodeState::kFailed:
      return counts.failed;
    case NodeState::kPending:
      return counts.pending;
    case NodeState::kPostponed:
      return counts.postponed;
    case NodeState::kSkipped:
      return counts.skipped;
  }
  return counts.pending;
}

}  // namespace

void Count(Planning& planning) {
  api::NodeCounts counts;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    ++counts.total;
    ++CountOf(counts, StateOf(scoped, planning.status()));
  }
  api::ClusterUpgradeStatus& status = planning.status();
  status.nodes = counts;
  status.progress =
      std::to_string(counts.upgraded) + "/" + std::to_string(counts.total - counts.skipped);
  status.hops.clear();
  status.current_hop.clear();
  if (!planning.halt()) {
    bool control_plane = false;
    bool workers = false;
    for (const ScopedNode& scoped : planning.scope().nodes) {
      (scoped.control_plane ? control_plane : workers) |= scoped.skipped.empty();
    }
    status.hops.push_back({planning.spec().version, control_plane, workers});
    status.current_hop =
        counts.upgraded + counts.skipped == counts.total ? "" : planning.spec().version;
  }
}

void SetConditions(Planning& planning, const Waiting& waiting) {
  const Summary verdict = Judge(planning, waiting);
  SetThree(planning, verdict);
  SetPreflight(planning, waiting);
  SetPart(planning, "ControlPlaneUpgraded", true, "control-plane");
  SetPart(planning, "WorkersUpgraded", false, "worker");
  if (verdict.ready == ConditionStatus::kTrue) {
    CompleteRun(planning);
  }
}

void SetConditionsOfBystander(Planning& planning, const std::string& oldest) {
  const std::string message =
      "only the oldest ClusterUpgrade acts, which is " + oldest + "; delete one of them";
  SetThree(planning, Stalled("AnotherClusterUpgrade", message));
  for (const char* type : {"PreflightPassed", "ControlPlaneUpgraded", "WorkersUpgraded"}) {
    Set(planning, type, ConditionStatus::kUnknown, "AnotherClusterUpgrade", message);
  }
}

}  // namespace cu::planner
