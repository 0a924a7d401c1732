#include "planner/report/event_records.hpp"

#include <algorithm>
#include <set>

#include "api/names.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/saved_pods.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNoteMax = 1000;

template <class Entries>
auto* FindEntry(const Entries& entries, const std::string& name, const std::string& uid) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.name == name && entry.uid == uid;
  });
  return found == entries.end() ? nullptr : &*found;
}

const api::Condition* FindCondition(const api::ClusterUpgradeStatus& status,
                                    const std::string& type) {
  const auto found = std::find_if(status.conditions.begin(),
                                  status.conditions.end(),
                                  [&](const auto& condition) { return condition.type == type; });
  return found == status.conditions.end() ? nullptr : &*found;
}

bool IsTrue(const api::ClusterUpgradeStatus& status, const std::string& type) {
  const api::Condition* condition = FindCondition(status, type);
  return condition != nullptr && condition->status == api::ConditionStatus::kTrue;
}

class EventList {
 public:
  explicit EventList(const api::ClusterUpgrade& upgrade) : upgrade_(upgrade) {}

  void Add(bool warning,
           const std::string& reason,
           const std::string& action,
           std::string note,
           const std::string& once) {
    list_.push_back({warning,
                     reason,
                     action,
                     base::Cut(std::move(note), kNoteMax),
                     "",
                     "",
                     upgrade_.meta.uid + " " + reason + " " + once,
                     false});
  }
  void AddFinding(const std::string& type, const std::string& action, const std::string& line) {
    Add(true, type, action, line, line);
    list_.back().minor = true;
  }
  void AddForNode(bool warning,
                  const std::string& reason,
                  const std::string& note,
                  const api::NodeInWork& entry,
                  const std::string& once) {
    Add(warning,
        reason,
        NameOf(entry.step),
        entry.name + ": " + note,
        entry.uid + " " + entry.version + " " + base::FormatTime(entry.start_time) + " " + once);
    Concern(entry.name, entry.uid);
  }
  /// The last one is about this node.
  void Concern(const std::string& node, const std::string& uid) {
    list_.back().node = node;
    list_.back().node_uid = uid;
  }
  std::vector<EventRecord> Take() { return std::move(list_); }

 private:
  const api::ClusterUpgrade& upgrade_;
  std::vector<EventRecord> list_;
};

/// Why it waits, budgets by name, pods not: any number of them may wait for the same. What passes
/// in every drain is left out.
std::set<std::string> BlockersOf(const api::NodeInWork& entry) {
  std::set<std::string> blockers;
  for (const api::BlockedBy& by : entry.blocked_by) {
    if (by.reason != "Terminating" && by.reason != "WaitingToFinish") {
      blockers.insert(by.reason + (by.kind == "Pod" ? "" : " " + by.ns + "/" + by.name));
    }
  }
  return blockers;
}

void NodesInWork(EventList& events,
                 const api::ClusterUpgradeStatus& before,
                 const api::ClusterUpgradeStatus& after) {
  for (const api::NodeInWork& entry : after.in_progress) {
    const api::NodeInWork* old = FindEntry(before.in_progress, entry.name, entry.uid);
    if (old == nullptr && entry.step == api::NodeStep::kCordoning) {
      events.AddForNode(false,
                        "NodeUpgradeStarted",
                        "from " + entry.from_version + " to " + entry.version,
                        entry,
                        "");
    }
    const std::set<std::string> blockers = BlockersOf(entry);
    const std::set<std::string> known = old == nullptr ? std::set<std::string>{} : BlockersOf(*old);
    if (!std::includes(known.begin(), known.end(), blockers.begin(), blockers.end())) {
      std::string once;
      for (const std::string& blocker : blockers) {
        once += blocker + ";";
      }
      events.AddForNode(true, "DrainBlocked", entry.message, entry, once);
    }
    if (entry.retry_time && (old == nullptr || old->retry_time != entry.retry_time)) {
      events.AddForNode(true, "AttemptFailed", entry.message, entry, std::to_string(entry.attempt));
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
    if (entry.verified) {
      events.AddForNode(false, "NodeUpgraded", "at " + entry.version, entry, "");
    } else {
      events.AddForNode(false, "NodeGivenBack", entry.message, entry, "");
    }
  }
}

void FailuresAndPostponed(EventList& events,
                          const api::ClusterUpgradeStatus& before,
                          const api::ClusterUpgradeStatus& after) {
  for (const api::NodeFailure& failure : after.failures) {
    const api::NodeFailure* old = FindEntry(before.failures, failure.name, failure.uid);
    if (old != nullptr && old->time == failure.time) {
      continue;
    }
    events.Add(true,
               "NodeUpgradeFailed",
               NameOf(failure.step),
               failure.name + ": " + failure.reason + ", " + failure.message +
                   (failure.node_changed ? "; it stays cordoned" : "; it was given back"),
               failure.uid + " " + base::FormatTime(failure.time));
    events.Concern(failure.name, failure.uid);
  }
  for (const api::PostponedNode& postponed : after.postponed) {
    if (FindEntry(before.postponed, postponed.name, postponed.uid) == nullptr) {
      events.Add(true,
                 "NodePostponed",
                 "Postponing",
                 postponed.name + ": " + postponed.reason +
                     (postponed.reason == kDrainTimeout
                          ? "; tried once more after all the others"
                          : "; tried again after a new value of the annotation "
                            "clusterupgrade.io/retry"),
                 postponed.uid + " " + base::FormatTime(postponed.time));
      events.Concern(postponed.name, postponed.uid);
    }
  }
}

void WholeUpgrade(EventList& events,
                  const api::ClusterUpgradeStatus& before,
                  const api::ClusterUpgradeStatus& after) {
  for (const std::string& warning : after.warnings) {
    if (std::find(before.warnings.begin(), before.warnings.end(), warning) ==
        before.warnings.end()) {
      const bool saved = warning.starts_with(kSavedPodWarning);
      const std::string type = TypeOfLine(warning);
      if (!type.empty()) {
        events.AddFinding(type, "Draining", warning);
        continue;
      }
      events.Add(true,
                 saved ? "PodNotRecreated" : "UpgradeWarning",
                 saved ? "Recreating" : "Draining",
                 warning,
                 warning);
    }
  }
  const std::string when = std::to_string(after.observed_generation);
  if (IsTrue(after, "Ready") && !IsTrue(before, "Ready")) {
    const api::Condition& ready = *FindCondition(after, "Ready");
    events.Add(false,
               "UpgradeCompleted",
               "Upgrading",
               ready.message,
               when + base::FormatTime(ready.last_transition_time));
  }
  if (IsTrue(after, "Stalled")) {
    const api::Condition& stalled = *FindCondition(after, "Stalled");
    const api::Condition* old = FindCondition(before, "Stalled");
    if (old == nullptr || old->status != stalled.status || old->reason != stalled.reason) {
      events.Add(true,
                 "UpgradeStalled",
                 "Upgrading",
                 stalled.reason + ": " + stalled.message,
                 when + stalled.reason + base::FormatTime(stalled.last_transition_time));
    }
  }
}

}  // namespace

std::vector<EventRecord> EventsOfFindings(const api::ClusterUpgrade& upgrade,
                                          const std::vector<Finding>& told,
                                          const std::vector<Finding>& found) {
  EventList events(upgrade);
  for (const Finding& finding : found) {
    if (std::find(told.begin(), told.end(), finding) == told.end()) {
      events.AddFinding(finding.type, "Preflight", LineOf(finding));
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
  FailuresAndPostponed(events, before, after);
  WholeUpgrade(events, before, after);
  return events.Take();
}

}  // namespace cu::planner
