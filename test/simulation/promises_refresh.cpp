#include "promises_refresh.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace cu::simulation {
namespace {

bool IsSame(const Json& workload, const Json& entry) {
  return TextAt(workload, {"kind"}) == TextAt(entry, {"kind"}) &&
         TextAt(workload, {"namespace"}) == TextAt(entry, {"namespace"}) &&
         TextAt(workload, {"name"}) == TextAt(entry, {"name"});
}

const Json& EntryFor(const Json& upgrade, const Json& workload) {
  static const Json kNone;
  for (const Json& entry : ValueAt(upgrade, {"status", "tokenRefresh", "inProgress"})) {
    if (IsSame(workload, entry)) {
      return entry;
    }
  }
  return kNone;
}

bool HasNodeInWork(const Json& upgrade) {
  return !ValueAt(upgrade, {"status", "inProgress"}).empty();
}

std::optional<Kind> KindOfAsker(const Json& workload) {
  Workload asker;
  asker.kind = TextAt(workload, {"kind"});
  return KindOf(asker);
}

}  // namespace

Json WorkloadOf(const Json& pod) {
  const std::string kind = OwnerField(pod, "kind");
  const std::string name = OwnerField(pod, "name");
  Json workload{{"kind", kind.empty() ? "Pod" : kind},
                {"namespace", NamespaceOf(pod)},
                {"name", kind.empty() ? NameOf(pod) : name}};
  const std::string hash = TextAt(pod, {"metadata", "labels", "pod-template-hash"});
  if (kind == "ReplicaSet" && !hash.empty() && name.ends_with("-" + hash)) {
    workload["kind"] = "Deployment";
    workload["name"] = name.substr(0, name.size() - hash.size() - 1);
  }
  return workload;
}

bool GoesForTokens(const Json& upgrade, const Json& pod) {
  const Json& nodes = ValueAt(upgrade, {"status", "inProgress"});
  return TextAt(upgrade, {"spec", "tokenRefresh", "mode"}) == "Auto" &&
         std::none_of(nodes.begin(), nodes.end(), [&](const Json& entry) {
           return TextAt(entry, {"name"}) == NodeNameOf(pod);
         });
}

RefreshPromises::RefreshPromises(Cluster& cluster,
                                 std::string upgrade,
                                 Duration view_lag,
                                 ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void RefreshPromises::OnChange(const Change& change) {
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  const Json& after = change.after == nullptr ? none : change.after->value();
  const bool by_controller = change.actor.find('/') != std::string::npos;
  if (change.kind == Kind::kPod) {
    const auto counts = [](const Json& pod) {
      return !pod.is_null() && IsReadyPod(pod) && !IsDeleting(pod) && !IsFinishedPod(pod);
    };
    if (counts(before) != counts(after)) {
      less_since_[WorkloadOf(change.object->value()).dump()] = change.time;
    }
  } else if (change.kind == Kind::kDeployment || change.kind == Kind::kStatefulSet ||
             change.kind == Kind::kReplicaSet) {
    const Json& object = change.object->value();
    less_since_[Json{{"kind", TextAt(object, {"kind"})},
                     {"namespace", NamespaceOf(object)},
                     {"name", NameOf(object)}}
                    .dump()] = change.time;
  } else if (change.kind == Kind::kUpgrade && change.key == upgrade_ && !after.is_null() &&
             by_controller) {
    OnStatus(before, after);
  }
}

void RefreshPromises::OnStatus(const Json& before, const Json& after) {
  const Json& workloads = ValueAt(after, {"status", "tokenRefresh", "inProgress"});
  for (const Json& entry : workloads) {
    if (EntryFor(before, entry).is_null() && HasNodeInWork(after)) {
      report_("P28", "workload " + TextAt(entry, {"name"}) + " is begun while a node is in work");
    }
  }
  for (const Json& entry : ValueAt(after, {"status", "inProgress"})) {
    const std::string step = TextAt(entry, {"step"});
    const bool begins = step == "Pulling" || step == "Cordoning";
    const Json& old = ValueAt(before, {"status", "inProgress"});
    const bool known = std::any_of(old.begin(), old.end(), [&](const Json& other) {
      return TextAt(other, {"uid"}) == TextAt(entry, {"uid"});
    });
    if (begins && !known && !workloads.empty()) {
      report_("P28", "node " + TextAt(entry, {"name"}) + " is begun while a workload is in work");
    }
  }
}

/// P28, P30: a restart.
void RefreshPromises::CheckRestart(const Json& upgrade, const Call& call) {
  const std::string what = "Deployment " + call.target.key() + " is restarted";
  if (HasNodeInWork(upgrade)) {
    report_("P28", what + " while a node is in work");
  }
  const Json& entry = EntryFor(
      upgrade, {{"kind", "Deployment"}, {"namespace", call.target.ns}, {"name", call.target.name}});
  if (TextAt(entry, {"method"}) != "Restart") {
    report_("P30", what + ", and that is not in progress");
  }
}

void RefreshPromises::OnBegin(const Call& call) {
  if (call.target.resource == "deployments" && call.mutating) {
    CheckRestart(cluster_.Upgrade(upgrade_), call);
  }
  if (call.target.resource != "pods" || call.target.subresource != "eviction") {
    return;
  }
  const Json body = Json::parse(call.request.body, nullptr, false);
  const ObjectPtr pod = cluster_.database.Find(Kind::kPod, call.target.key());
  const Json upgrade = cluster_.Upgrade(upgrade_);
  if (pod != nullptr && !IsDeleting(pod->value()) &&
      TextAt(body, {"deleteOptions", "preconditions", "uid"}) == UidOf(pod->value()) &&
      GoesForTokens(upgrade, pod->value())) {
    CheckEviction(upgrade, pod->value());
  }
}

void RefreshPromises::CheckEviction(const Json& upgrade, const Json& pod) {
  const std::string what = "pod " + KeyOf(pod) + " is evicted for its tokens";
  if (HasNodeInWork(upgrade)) {
    report_("P28", what + " while a node is in work");
  }
  const Json& entry = EntryFor(upgrade, WorkloadOf(pod));
  if (entry.is_null()) {
    report_("P30", what + ", and its workload is not in progress");
    return;
  }
  const Json& change = ValueAt(upgrade, {"status", "tokenRefresh", "change"});
  const std::string created = TextAt(pod, {"metadata", "creationTimestamp"});
  if (created > TextAt(change, {"since"}) && created > TextAt(change, {"authoritySince"})) {
    report_("P30", what + ", but was created after the change");
  }
  const Json& left_out = ValueAt(upgrade, {"spec", "tokenRefresh", "excludeNamespaces"});
  if (std::find(left_out.begin(), left_out.end(), Json(NamespaceOf(pod))) != left_out.end()) {
    report_("P30", what + ", but its namespace is left out");
  }
  if (IsReadyPod(pod)) {
    CheckReady(entry, pod);
  }
}

void RefreshPromises::CheckReady(const Json& entry, const Json& pod) {
  const Json workload = WorkloadOf(pod);
  std::int64_t ready = 0;
  for (const auto& [key, other] : cluster_.database.All(Kind::kPod)) {
    ready += IsSame(WorkloadOf(other->value()), workload) && IsReadyPod(other->value()) &&
                     !IsDeleting(other->value()) && !IsFinishedPod(other->value())
                 ? 1
                 : 0;
  }
  if (TextAt(workload, {"kind"}) == "DaemonSet") {
    return;  // one that is not Ready may be on a node that is not
  }
  std::int64_t needed = NumberAt(entry, {"pods"});
  if (const auto kind = KindOfAsker(workload)) {
    const ObjectPtr asker = cluster_.database.Find(
        *kind, TextAt(workload, {"namespace"}) + "/" + TextAt(workload, {"name"}));
    if (asker != nullptr && asker->value()["spec"].contains("replicas")) {
      needed = std::min(needed, NumberAt(asker->value(), {"spec", "replicas"}));
    }
  }
  const auto changed = less_since_.find(workload.dump());
  const bool known =
      changed == less_since_.end() || cluster_.timeline.now() - changed->second > view_lag_;
  if (ready < needed && known) {
    report_("P29",
            "pod " + KeyOf(pod) + " is evicted for its tokens while " + std::to_string(ready) +
                " of " + std::to_string(needed) + " pods of its workload are Ready");
  }
}

}  // namespace cu::simulation
