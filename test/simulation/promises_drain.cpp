#include "promises_drain.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"
#include "promises_refresh.hpp"

namespace cu::simulation {

using std::chrono::seconds;

namespace {

/// Times in a status are truncated to seconds. Clocks of controllers run up to 2 % fast, which
/// shortens what is durable of a deadline.
Duration Slack(Duration deadline) {
  return seconds{2} + deadline / 50;
}

const Json& EntryOf(const Json& upgrade, const char* list, const std::string& uid) {
  static const Json kNone;
  for (const Json& entry : ValueAt(upgrade, {"status", list})) {
    if (TextAt(entry, {"uid"}) == uid) {
      return entry;
    }
  }
  return kNone;
}

bool HasEmptyDir(const Json& pod) {
  const Json& volumes = ValueAt(pod, {"spec", "volumes"});
  return std::any_of(volumes.begin(), volumes.end(), [](const Json& volume) {
    return volume.contains("emptyDir");
  });
}

bool Ignored(const Json& upgrade, const std::string& type, const std::string& object) {
  const Json& ignore = ValueAt(upgrade, {"spec", "preflight", "ignore"});
  return std::any_of(ignore.begin(), ignore.end(), [&](const Json& entry) {
    return entry == type || entry == type + "=" + object;
  });
}

/// By its spec alone, whatever the state of the pods.
bool NeverAllows(const Json& budget) {
  const Json& most = ValueAt(budget, {"spec", "maxUnavailable"});
  const Json& least = ValueAt(budget, {"spec", "minAvailable"});
  return most == 0 || most == "0%" || least == "100%";
}

}  // namespace

DrainPromises::DrainPromises(Cluster& cluster,
                             std::string upgrade,
                             Duration view_lag,
                             ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

bool DrainPromises::Known(const std::map<std::string, base::SteadyTime>& since,
                          const std::string& what) const {
  const auto found = since.find(what);
  return found != since.end() && (found->second + seconds{1} < created_ ||
                                  cluster_.timeline.now() - found->second > view_lag_);
}

void DrainPromises::OnChange(const Change& change) {
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  const Json& after = change.after == nullptr ? none : change.after->value();
  if (change.kind == Kind::kPod) {
    const std::string uid = UidOf(change.object->value());
    if (before.is_null()) {
      created_since_[uid] = change.time;
    }
    const bool leaves = after.is_null() || IsDeleting(after);
    if (leaves && !before.is_null() && !IsDeleting(before) &&
        change.actor.find('/') != std::string::npos && !GoesForTokens(Upgrade(), before)) {
      OnEvicted(before);
    }
    if (after.is_null()) {
      bound_since_.erase(uid);
      created_since_.erase(uid);
    } else if (!NodeNameOf(after).empty()) {
      bound_since_.try_emplace(uid, change.time);
    }
  } else if (change.kind == Kind::kBudget &&
             ValueAt(before, {"spec"}) != ValueAt(after, {"spec"})) {
    budget_since_[change.key] = change.time;
  } else if (change.kind == Kind::kUpgrade && change.key == upgrade_ && !after.is_null()) {
    if (before.is_null()) {
      created_ = change.time;
    } else if (ValueAt(before, {"spec"}) != ValueAt(after, {"spec"})) {
      spec_since_ = change.time;
    }
    if (change.actor.find('/') != std::string::npos) {
      OnStatus(before, after);
    }
  }
}

void DrainPromises::OnStatus(const Json& before, const Json& after) {
  for (const Json& entry : ValueAt(after, {"status", "inProgress"})) {
    const std::string uid = TextAt(entry, {"uid"});
    const Json& old = EntryOf(before, "inProgress", uid);
    // One status may give a node back and start it again.
    const std::string step = TextAt(entry, {"step"});
    const bool anew =
        (step == "Pulling" || step == "Cordoning") && TextAt(old, {"step"}) == "Uncordoning";
    if (old.is_null() || anew) {
      in_progress_since_[uid] = cluster_.timeline.now();
      drains_.erase(uid);
      CheckStart(after, entry);
    }
  }
  for (const Json& entry : ValueAt(after, {"status", "postponed"})) {
    const std::string uid = TextAt(entry, {"uid"});
    if (TextAt(entry, {"reason"}) != "DrainTimeout" ||
        !EntryOf(before, "postponed", uid).is_null()) {
      continue;
    }
    const std::string retry(api::kRetry);
    const int times = ++skipped_[{uid,
                                  TextAt(after, {"spec", "version"}),
                                  NumberAt(after, {"metadata", "generation"}),
                                  TextAt(after, {"metadata", "annotations", retry.c_str()})}];
    if (times > 1) {
      report_("P9", TextAt(entry, {"name"}) + " was postponed by a timeout for the second time");
    }
  }
}

void DrainPromises::OnBegin(const Call& call) {
  const bool deletes = call.request.method == port::Method::kDelete;
  if (call.target.resource == "pods" && (deletes || call.target.subresource == "eviction")) {
    CheckEviction(call);
  }
}

/// P6: an eviction or a deletion of a pod.
void DrainPromises::CheckEviction(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  const Json upgrade = Upgrade();
  const bool deletes = call.request.method == port::Method::kDelete;
  const std::string uid = deletes ? TextAt(body, {"preconditions", "uid"})
                                  : TextAt(body, {"deleteOptions", "preconditions", "uid"});
  const ObjectPtr pod = cluster_.database.Find(Kind::kPod, call.target.key());
  if (deletes && TextAt(upgrade, {"spec", "drain", "onTimeout"}) != "Delete") {
    report_("P6", "pod " + call.target.key() + " is deleted, not evicted");
  }
  if (pod == nullptr || uid != UidOf(pod->value())) {
    return;
  }
  if (!deletes && GoesForTokens(upgrade, pod->value())) {
    return;  // RefreshPromises
  }
  if (deletes) {
    CheckDeletion(call, upgrade, pod->value());
  }
  CheckWait(upgrade, pod->value());
  CheckComeback(pod->value());
  CheckSaved(upgrade, pod->value());
}

/// Only after the drain's timeout, which does not begin before the node is in progress.
void DrainPromises::CheckDeletion(const Call& call, const Json& upgrade, const Json& pod) {
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, NodeNameOf(pod));
  const auto since =
      node == nullptr ? in_progress_since_.end() : in_progress_since_.find(UidOf(node->value()));
  const seconds room{NumberAt(upgrade, {"spec", "drain", "timeoutSeconds"})};
  if (since == in_progress_since_.end() || room == seconds{0} ||
      cluster_.timeline.now() - since->second + Slack(room) < room) {
    report_("P6", "pod " + call.target.key() + " is deleted before the drain's timeout");
  }
  if (IsDeleting(pod)) {
    return;
  }
  if (ValueAt(Json::parse(call.request.body, nullptr, false), {"gracePeriodSeconds"})
          .is_number_integer()) {
    report_("P6",
            "pod " + call.target.key() + " is deleted with another grace period than its own");
  }
}

/// While a pod of the node has to end by itself, no other pod is evicted.
void DrainPromises::CheckWait(const Json& upgrade, const Json& pod) {
  const Json& wait = ValueAt(upgrade, {"spec", "drain", "waitForPods"});
  const std::string node_name = NodeNameOf(pod);
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, node_name);
  if (!wait.is_object() || node == nullptr) {
    return;
  }
  const auto since = in_progress_since_.find(UidOf(node->value()));
  const seconds room{NumberAt(wait, {"timeoutSeconds"})};
  if (since == in_progress_since_.end() ||
      cluster_.timeline.now() - since->second + Slack(room) >= room ||
      cluster_.timeline.now() - spec_since_ < view_lag_) {
    return;
  }
  for (const auto& [key, other] : cluster_.database.All(Kind::kPod)) {
    const Json& value = other->value();
    if (NodeNameOf(value) != node_name || IsFinishedPod(value) || IsDeleting(value) ||
        !Leaves(upgrade, value) ||
        !Selects(ValueAt(wait, {"selector"}), ValueAt(value, {"metadata", "labels"}))) {
      continue;
    }
    const auto bound = bound_since_.find(UidOf(value));
    if (bound != bound_since_.end() && bound->second + view_lag_ < since->second) {
      report_("P6", "pod " + KeyOf(pod) + " is evicted while " + key + " is waited for");
    }
  }
}

/// P19: a controller whose pods come back to a drained node loses two of them one after the other
/// there: the one that was there before, and one more if that does not tolerate the cordon.
void DrainPromises::CheckComeback(const Json& pod) {
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, NodeNameOf(pod));
  const std::string owner = OwnerField(pod, "uid");
  if (node == nullptr || IsDeleting(pod)) {
    return;
  }
  DrainOf& drain =
      drains_.try_emplace(UidOf(node->value()), DrainOf{cluster_.timeline.now(), {}, {}})
          .first->second;
  if (owner.empty() || created_since_[UidOf(pod)] <= drain.first_eviction) {
    return;
  }
  std::set<std::string>& later = drain.later[owner];
  later.insert(UidOf(pod));
  const bool tolerates = !ValueAt(pod, {"spec", "tolerations"}).empty();
  if (later.size() > (tolerates ? 0U : 1U)) {
    report_(
        "P19",
        "pod " + KeyOf(pod) + " came back to " + NameOf(node->value()) + " and is evicted again");
  }
}

/// P19, counted where it is certain: the API server has accepted the eviction.
void DrainPromises::OnEvicted(const Json& pod) {
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, NodeNameOf(pod));
  const std::string owner = OwnerField(pod, "uid");
  const auto drain = node == nullptr ? drains_.end() : drains_.find(UidOf(node->value()));
  if (drain == drains_.end() || owner.empty()) {
    return;
  }
  int& count = drain->second.accepted[owner];
  const bool later = created_since_[UidOf(pod)] > drain->second.first_eviction;
  count = later ? count + 1 : 1;
  most_evictions_ = std::max(most_evictions_, count);
  if (count > 2) {
    report_("P19",
            "eviction " + std::to_string(count) + " in a row of pods of " +
                OwnerField(pod, "name") + " from " + NameOf(node->value()));
  }
}

/// A pod without a controller is saved before it is evicted.
void DrainPromises::CheckSaved(const Json& upgrade, const Json& pod) {
  if (TextAt(upgrade, {"spec", "drain", "unmanagedPods"}) != "Recreate" ||
      cluster_.timeline.now() - spec_since_ < view_lag_ || !OwnerField(pod, "uid").empty() ||
      IsFinishedPod(pod) || IsDeleting(pod)) {
    return;
  }
  const std::string mark(api::kSavedPodUid);
  const auto& saved = cluster_.database.All(Kind::kPodTemplate);
  const bool is_saved = std::any_of(saved.begin(), saved.end(), [&](const auto& one) {
    return TextAt(one.second->value(), {"metadata", "annotations", mark.c_str()}) == UidOf(pod);
  });
  if (!is_saved) {
    report_("P6", "pod " + KeyOf(pod) + " is evicted before it is saved");
  }
  const std::string name(api::kSavedPodName);
  const auto of_its_name = std::count_if(saved.begin(), saved.end(), [&](const auto& one) {
    return NamespaceOf(one.second->value()) == NamespaceOf(pod) &&
           TextAt(one.second->value(), {"metadata", "annotations", name.c_str()}) == NameOf(pod);
  });
  if (of_its_name > 1) {
    report_("P15", "pod " + KeyOf(pod) + " is evicted while two PodTemplates have its name");
  }
}

bool DrainPromises::Leaves(const Json& upgrade, const Json& pod) const {
  const Json& skip = ValueAt(upgrade, {"spec", "drain", "skipPods"});
  return OwnerField(pod, "kind") != "DaemonSet" && !IsMirrorPod(pod) &&
         !(skip.is_object() && Selects(skip, ValueAt(pod, {"metadata", "labels"})));
}

bool DrainPromises::NeedsDrain(const Json& upgrade, const Json& node) const {
  const std::string when = TextAt(upgrade, {"spec", "drain", "when"});
  return when == "Always" || (when == "MinorUpgrade" &&
                              ReleaseOf(KubeletVersion(node)).minor_number !=
                                  ReleaseOf(TextAt(upgrade, {"spec", "version"})).minor_number);
}

/// P16: no node is started while a finding blocks its drain; before the first start, none blocks
/// the drain of any node.
void DrainPromises::CheckStart(const Json& upgrade, const Json& entry) {
  const std::string step = TextAt(entry, {"step"});
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, TextAt(entry, {"name"}));
  if (step == "Verifying" || step == "Uncordoning" || node == nullptr ||
      UidOf(node->value()) != TextAt(entry, {"uid"})) {
    return;
  }
  const auto check = [&](const Json& value) {
    if (const std::string obstacle = Obstacle(upgrade, value); !obstacle.empty()) {
      report_("P16",
              TextAt(entry, {"name"}) + " was started though on " + NameOf(value) + " " + obstacle);
    }
  };
  check(node->value());
  if (std::exchange(anything_started_, true)) {
    return;
  }
  const bool by_job = TextAt(upgrade, {"spec", "executor", "type"}) == "Job";
  const auto refuses = [&](ApiServer::Refused what) {
    const auto since = cluster_.server.refused_since(what);
    return since && *since < created_;
  };
  if (by_job && refuses(ApiServer::Refused::kJobs)) {
    report_("P16", TextAt(entry, {"name"}) + " was started though the server refuses its Job");
  }
  // What is refused by RBAC, too, cannot be asked for.
  if (by_job && refuses(ApiServer::Refused::kJobPods) &&
      !cluster_.server.WasRevoked("create pods")) {
    report_("P16",
            TextAt(entry, {"name"}) + " was started though the server refuses its Job's pod");
  }
  if (refuses(ApiServer::Refused::kCordons)) {
    report_("P16", TextAt(entry, {"name"}) + " was started though the server refuses its cordon");
  }
  if (const auto since = cluster_.webhook.unanswered_since(); since && *since < created_) {
    report_("P16", TextAt(entry, {"name"}) + " was started though nobody answers for a webhook");
  }
  const std::string exclude(api::kExclude);
  for (const auto& [name, other] : cluster_.database.All(Kind::kNode)) {
    const bool pending =
        ReleaseOf(KubeletVersion(other->value())) < ReleaseOf(TextAt(upgrade, {"spec", "version"}));
    const bool selected = ValueAt(upgrade, {"spec", "pools"}).empty();
    const Json& labels = ValueAt(other->value(), {"metadata", "labels"});
    const bool left_alone = TextAt(labels, {exclude.c_str()}) == "true" ||
                            TextAt(labels, {"kubernetes.io/os"}) != "linux" ||
                            TextAt(labels, {"type"}) == "virtual-kubelet";
    if (pending && selected && !left_alone) {
      check(other->value());
    }
  }
}

std::string DrainPromises::Obstacle(const Json& upgrade, const Json& node) const {
  if (!NeedsDrain(upgrade, node) || cluster_.timeline.now() - spec_since_ < view_lag_) {
    return {};
  }
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    const Json& value = pod->value();
    if (NodeNameOf(value) != NameOf(node) || IsFinishedPod(value) || IsDeleting(value) ||
        !Leaves(upgrade, value) || !Known(bound_since_, UidOf(value))) {
      continue;
    }
    if (std::string obstacle = ObstacleOf(upgrade, value); !obstacle.empty()) {
      return obstacle;
    }
  }
  return {};
}

std::string DrainPromises::ObstacleOf(const Json& upgrade, const Json& pod) const {
  const std::string key = KeyOf(pod);
  const Json& drain = ValueAt(upgrade, {"spec", "drain"});
  if (TextAt(drain, {"unmanagedPods"}) == "Refuse" && OwnerField(pod, "uid").empty() &&
      !Ignored(upgrade, "UnmanagedPods", key)) {
    return key + " has no controller";
  }
  if (TextAt(drain, {"emptyDirPods"}) == "Refuse" && HasEmptyDir(pod) &&
      !Ignored(upgrade, "EmptyDirData", key)) {
    return key + " has data in an emptyDir";
  }
  int budgets = 0;
  for (const auto& [name, budget] : cluster_.database.All(Kind::kBudget)) {
    if (NamespaceOf(budget->value()) != NamespaceOf(pod) || !Known(budget_since_, name) ||
        !Selects(ValueAt(budget->value(), {"spec", "selector"}),
                 ValueAt(pod, {"metadata", "labels"}))) {
      continue;
    }
    ++budgets;
    if (NeverAllows(budget->value()) && !Ignored(upgrade, "BudgetNeverAllows", name)) {
      return "budget " + name + " never allows the eviction of " + key;
    }
  }
  return budgets > 1 && !Ignored(upgrade, "TwoBudgets", key) ? key + " has two budgets" : "";
}

}  // namespace cu::simulation
