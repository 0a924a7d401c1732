#include "planner/report/event_records.hpp"

#include <algorithm>
#include <set>

#include "api/names.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/executors/executor.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/tokens/key_change.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {
namespace {

using api::ConditionType;
using api::EventReason;

constexpr std::size_t kNoteMax = 1000;

template <class Entries>
auto* FindEntry(const Entries& entries, const std::string& name, const std::string& uid) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.name == name && entry.uid == uid;
  });
  return found == entries.end() ? nullptr : &*found;
}

const api::Condition* FindCondition(const api::ClusterUpgradeStatus& status,
                                    api::ConditionType type) {
  const auto found = std::find_if(status.conditions.begin(),
                                  status.conditions.end(),
                                  [&](const auto& condition) { return condition.type == type; });
  return found == status.conditions.end() ? nullptr : &*found;
}

bool IsTrue(const api::ClusterUpgradeStatus& status, api::ConditionType type) {
  const api::Condition* condition = FindCondition(status, type);
  return condition != nullptr && condition->status == api::ConditionStatus::kTrue;
}

class EventList {
 public:
  enum class Type { kNormal, kWarning };

  explicit EventList(const api::ClusterUpgrade& upgrade) : upgrade_(upgrade) {}

  /// `once` tells occurrences of one reason apart.
  EventRecord& Add(Type type,
                   const std::string& reason,
                   const std::string& action,
                   std::string note,
                   const std::string& once) {
    EventRecord record;
    record.warning = type == Type::kWarning;
    record.reason = reason;
    record.action = action;
    record.note = base::Cut(std::move(note), kNoteMax);
    record.id = upgrade_.meta.uid + " " + reason + " " + once;
    return list_.emplace_back(std::move(record));
  }
  void AddFinding(const api::Warning& finding, const std::string& action) {
    const std::string line = LineOf(finding);
    Add(Type::kWarning, NameOf(finding.type), action, line, line).minor = true;
  }
  void AddForNode(Type type,
                  api::EventReason reason,
                  const std::string& note,
                  const api::NodeInWork& entry,
                  const std::string& once) {
    EventRecord& record = Add(
        type,
        NameOf(reason),
        NameOf(entry.step),
        entry.name + ": " + note,
        entry.uid + " " + entry.version + " " + base::FormatTime(entry.start_time) + " " + once);
    record.node = entry.name;
    record.node_uid = entry.uid;
  }
  std::vector<EventRecord> Take() { return std::move(list_); }

 private:
  const api::ClusterUpgrade& upgrade_;
  std::vector<EventRecord> list_;
};

using Type = EventList::Type;

/// Why it waits, budgets by name, pods not: any number of them may wait for the same. What passes
/// in every drain is left out.
std::set<std::string> BlockersOf(const api::NodeInWork& entry) {
  std::set<std::string> blockers;
  for (const api::BlockedBy& by : entry.blocked_by) {
    if (by.reason != api::BlockReason::kTerminating &&
        by.reason != api::BlockReason::kWaitingToFinish) {
      blockers.insert(NameOf(by.reason) +
                      (by.kind == api::BlockerKind::kPod ? "" : " " + by.ns + "/" + by.name));
    }
  }
  return blockers;
}

void NodesInWork(EventList& events,
                 const api::ClusterUpgradeStatus& before,
                 const api::ClusterUpgradeStatus& after) {
  for (const api::NodeInWork& entry : after.in_progress) {
    const api::NodeInWork* old = FindEntry(before.in_progress, entry.name, entry.uid);
    const bool in_service = !HasStep(StageOf(entry), api::NodeStep::kCordoning);
    const bool begins = entry.step <= api::NodeStep::kCordoning ||
                        (in_service && entry.step == api::NodeStep::kUpgrading);
    if (old == nullptr && begins) {
      events.AddForNode(Type::kNormal,
                        EventReason::kNodeUpgradeStarted,
                        "from " + entry.from_version + " to " + entry.version,
                        entry,
                        "");
    }
    const std::set<std::string> blockers = BlockersOf(entry);
    const std::set<std::string> before_now =
        old == nullptr ? std::set<std::string>{} : BlockersOf(*old);
    if (!std::includes(before_now.begin(), before_now.end(), blockers.begin(), blockers.end())) {
      std::string once;
      for (const std::string& blocker : blockers) {
        once += blocker + ";";
      }
      events.AddForNode(Type::kWarning, EventReason::kDrainBlocked, entry.message, entry, once);
    }
    if (entry.retry_time && (old == nullptr || old->retry_time != entry.retry_time)) {
      events.AddForNode(Type::kWarning,
                        EventReason::kAttemptFailed,
                        entry.message,
                        entry,
                        std::to_string(entry.attempt));
    }
  }
}

void NodesThatLeft(EventList& events,
                   const api::ClusterUpgradeStatus& before,
                   const api::ClusterUpgradeStatus& after) {
  for (const api::NodeInWork& entry : before.in_progress) {
    if (FindEntry(after.in_progress, entry.name, entry.uid) != nullptr ||
        FindEntry(after.failures, entry.name, entry.uid) != nullptr ||
        FindEntry(after.postponed, entry.name, entry.uid) != nullptr) {
      continue;
    }
    if (const auto* deleted = FindEntry(after.deleted_nodes, entry.name, entry.uid)) {
      events.AddForNode(Type::kNormal,
                        EventReason::kNodeDeleted,
                        "its Node was deleted; its place stays taken until a new Ready node of "
                        "pool " +
                            deleted->pool + " is there",
                        entry,
                        "");
    } else if (!entry.verified && entry.step != api::NodeStep::kUncordoning) {
      events.AddForNode(Type::kNormal,
                        EventReason::kNodeDeleted,
                        "its Node was deleted, or replaced under the same name",
                        entry,
                        "");
    } else if (entry.verified) {
      events.AddForNode(
          Type::kNormal,
          EventReason::kNodeUpgraded,
          (StageOf(entry).kubelet ? "at " : "its control plane is at ") + entry.version,
          entry,
          "");
    } else {
      events.AddForNode(Type::kNormal, EventReason::kNodeGivenBack, entry.message, entry, "");
    }
  }
}

void Replacements(EventList& events,
                  const api::ClusterUpgradeStatus& before,
                  const api::ClusterUpgradeStatus& after) {
  for (const api::DeletedNode& deleted : before.deleted_nodes) {
    const api::DeletedNode* now = FindEntry(after.deleted_nodes, deleted.name, deleted.uid);
    if (deleted.replacement_uid.empty() && now != nullptr && !now->replacement_uid.empty()) {
      events.Add(
          Type::kNormal,
          NameOf(EventReason::kNodeReplaced),
          "Upgrading",
          deleted.name + ": " + now->replacement + " has taken its place in pool " + deleted.pool,
          deleted.uid + " " + base::FormatTime(deleted.time));
    }
  }
}

/// What its cordon is after a failure.
std::string CordonAfter(const api::ClusterUpgradeSpec& spec, const api::NodeFailure& failure) {
  if (HasStages(spec) && failure.stage == api::Stage::kControlPlane) {
    return "; the node was not cordoned";
  }
  return failure.node_changed ? "; the node stays cordoned" : "; the node is uncordoned";
}

void Failures(EventList& events,
              const api::ClusterUpgradeSpec& spec,
              const api::ClusterUpgradeStatus& before,
              const api::ClusterUpgradeStatus& after) {
  for (const api::NodeFailure& failure : after.failures) {
    const api::NodeFailure* old = FindEntry(before.failures, failure.name, failure.uid);
    if (old != nullptr && old->time == failure.time) {
      continue;
    }
    EventRecord& record = events.Add(Type::kWarning,
                                     NameOf(EventReason::kNodeUpgradeFailed),
                                     NameOf(failure.step),
                                     failure.name + ": " + NameOf(failure.reason) + ", " +
                                         failure.message + CordonAfter(spec, failure),
                                     failure.uid + " " + base::FormatTime(failure.time));
    record.node = failure.name;
    record.node_uid = failure.uid;
  }
}

void Postponed(EventList& events,
               const api::ClusterUpgradeStatus& before,
               const api::ClusterUpgradeStatus& after) {
  for (const api::PostponedNode& postponed : after.postponed) {
    if (FindEntry(before.postponed, postponed.name, postponed.uid) != nullptr) {
      continue;
    }
    const bool comes_back = postponed.reason == api::PostponeReason::kDrainTimeout;
    EventRecord& record =
        events.Add(Type::kWarning,
                   NameOf(EventReason::kNodePostponed),
                   "Postponing",
                   postponed.name + ": " + NameOf(postponed.reason) +
                       (comes_back ? "; retried after all other nodes"
                                   : "; to retry, set the annotation clusterupgrade.io/retry "
                                     "to a new value"),
                   postponed.uid + " " + base::FormatTime(postponed.time));
    record.node = postponed.name;
    record.node_uid = postponed.uid;
  }
}

void Warnings(EventList& events,
              const api::ClusterUpgradeStatus& before,
              const api::ClusterUpgradeStatus& after) {
  for (const api::Warning& warning : after.warnings) {
    if (std::find(before.warnings.begin(), before.warnings.end(), warning) !=
        before.warnings.end()) {
      continue;
    }
    if (api::IsOfPreflight(warning.type)) {
      events.AddFinding(warning, "Draining");
      continue;
    }
    const bool saved = warning.type == api::FindingType::kPodNotRecreated;
    const std::string line = LineOf(warning);
    events.Add(Type::kWarning,
               NameOf(saved ? EventReason::kPodNotRecreated : EventReason::kUpgradeWarning),
               saved ? "Recreating" : "Draining",
               line,
               line);
  }
}

void Workloads(EventList& events,
               const api::ClusterUpgradeStatus& before,
               const api::ClusterUpgradeStatus& after) {
  if (!before.token_refresh || !after.token_refresh) {
    return;
  }
  const auto has = [](const auto& entries, const api::Workload& workload) {
    return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.workload == workload;
    });
  };
  const api::TokenRefreshStatus& tokens = *after.token_refresh;
  for (const api::FailedWorkload& failure : tokens.failures) {
    if (!has(before.token_refresh->failures, failure.workload)) {
      events.Add(Type::kWarning,
                 NameOf(EventReason::kWorkloadNotRefreshed),
                 "RefreshingTokens",
                 LineOf(failure.workload) + ": " + NameOf(failure.reason) + ": " + failure.message,
                 LineOf(failure.workload) + base::FormatTime(failure.time));
    }
  }
  for (const api::WorkloadInWork& entry : before.token_refresh->in_progress) {
    const std::string line = LineOf(entry.workload) + ":";
    const bool lags = std::any_of(tokens.laggards.begin(),
                                  tokens.laggards.end(),
                                  [&](const auto& laggard) { return laggard.starts_with(line); });
    const bool left =
        !lags && !has(tokens.in_progress, entry.workload) && !has(tokens.failures, entry.workload);
    if (left && tokens.replaced > before.token_refresh->replaced) {
      events.Add(Type::kNormal,
                 NameOf(EventReason::kWorkloadRefreshed),
                 "RefreshingTokens",
                 LineOf(entry.workload) + ": " + std::to_string(entry.old) +
                     (entry.old == 1 ? " pod was replaced" : " pods were replaced"),
                 LineOf(entry.workload) + base::FormatTime(entry.start));
    }
  }
}

void Tokens(EventList& events,
            const api::ClusterUpgradeStatus& before,
            const api::ClusterUpgradeStatus& after) {
  const api::Condition* fresh = FindCondition(after, ConditionType::kTokensFresh);
  if (fresh == nullptr || !after.token_refresh || !after.token_refresh->change) {
    return;
  }
  const api::TokenChange& change = *after.token_refresh->change;
  const std::string once =
      base::FormatTime(change.seen) + (change.urgency == api::TokenUrgency::kHard ? " hard" : "");
  if (IsNewChange(before, after)) {
    const bool of_keys = HasToSettle(change);
    events.Add(Type::kWarning,
               NameOf(of_keys ? EventReason::kSigningKeyChanged : EventReason::kAuthorityChanged),
               "RefreshingTokens",
               fresh->message,
               once);
  }
  const bool was_open = before.token_refresh && before.token_refresh->change &&
                        !before.token_refresh->change->completed;
  if (was_open && change.completed) {
    events.Add(
        Type::kNormal, NameOf(EventReason::kTokensFresh), "RefreshingTokens", fresh->message, once);
  }
}

void WholeUpgrade(EventList& events,
                  const api::ClusterUpgradeStatus& before,
                  const api::ClusterUpgradeStatus& after) {
  const std::string when = std::to_string(after.observed_generation);
  if (IsTrue(after, ConditionType::kReady) && !IsTrue(before, ConditionType::kReady)) {
    const api::Condition& ready = *FindCondition(after, ConditionType::kReady);
    events.Add(Type::kNormal,
               NameOf(EventReason::kUpgradeCompleted),
               "Upgrading",
               ready.message,
               when + base::FormatTime(ready.last_transition_time));
  }
  if (IsTrue(after, ConditionType::kStalled)) {
    const api::Condition& stalled = *FindCondition(after, ConditionType::kStalled);
    const api::Condition* old = FindCondition(before, ConditionType::kStalled);
    if (old == nullptr || old->status != stalled.status || old->reason != stalled.reason) {
      events.Add(Type::kWarning,
                 NameOf(EventReason::kUpgradeStalled),
                 "Upgrading",
                 stalled.reason + ": " + stalled.message,
                 when + stalled.reason + base::FormatTime(stalled.last_transition_time));
    }
  }
}

}  // namespace

std::vector<EventRecord> EventsOfFindings(const api::ClusterUpgrade& upgrade,
                                          const std::vector<Finding>& reported,
                                          const std::vector<Finding>& found) {
  EventList events(upgrade);
  for (const Finding& finding : found) {
    if (std::find(reported.begin(), reported.end(), finding) == reported.end()) {
      events.AddFinding({finding.type, finding.object, finding.text}, "Preflight");
    }
  }
  return events.Take();
}

std::vector<EventRecord> EventsBetween(const api::ClusterUpgrade& upgrade,
                                       const api::ClusterUpgradeStatus& before,
                                       const api::ClusterUpgradeStatus& after) {
  EventList events(upgrade);
  NodesInWork(events, before, after);
  NodesThatLeft(events, before, after);
  Replacements(events, before, after);
  Failures(events, upgrade.spec, before, after);
  Postponed(events, before, after);
  Warnings(events, before, after);
  Workloads(events, before, after);
  Tokens(events, before, after);
  WholeUpgrade(events, before, after);
  return events.Take();
}

}  // namespace cu::planner
