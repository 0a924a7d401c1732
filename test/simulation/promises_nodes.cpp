#include "promises_nodes.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"
#include "model/pods.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Two clocks that differ by less than 5 s are left alone, and times are cut to seconds.
constexpr seconds kClockSlack{12};

/// Why a verification fails once its time is over.
const std::set<std::string> kOfVerification{"NodeNotReady",
                                            "NotRebooted",
                                            "NoSignOfLife",
                                            "DaemonSetsNotReady",
                                            "PodsUnknown",
                                            "StaticPodsNotReady"};

const Json& EntryOf(const Json& status, const char* list, const std::string& uid) {
  static const Json kNone;
  for (const Json& entry : ValueAt(status, {list})) {
    if (TextAt(entry, {"uid"}) == uid) {
      return entry;
    }
  }
  return kNone;
}

std::string ReadySince(const Json& node) {
  for (const Json& condition : ValueAt(node, {"status", "conditions"})) {
    if (TextAt(condition, {"type"}) == "Ready") {
      return TextAt(condition, {"lastTransitionTime"});
    }
  }
  return {};
}

}  // namespace

Json StatusIn(const port::Request& request) {
  const Json patch = Json::parse(request.body, nullptr, false);
  for (const Json& operation : patch) {
    if (TextAt(operation, {"path"}) == "/status") {
      return ValueAt(operation, {"value"});
    }
  }
  return {};
}

NodePromises::NodePromises(Cluster& cluster,
                           std::string upgrade,
                           Duration view_lag,
                           ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void NodePromises::OnDelivered(const Call& call, const port::Response& response) {
  if (response.status < 300 && call.target.kind() == Kind::kNode) {
    one_node_ = !call.target.name.empty();
  }
}

void NodePromises::OnSeen(const std::string& process, Kind kind, std::uint64_t version) {
  if (kind == Kind::kNode && !std::exchange(one_node_, false)) {
    seen_[process] = std::max(seen_[process], version);
  }
}

void NodePromises::OnRestore() {
  for (auto& [node, states] : states_) {
    states.erase(states.begin(), states.end() - 1);
    states.back().version = 0;
  }
  for (auto& [process, version] : seen_) {
    version = 0;
  }
}

void NodePromises::OnChange(const Change& change) {
  const Json none;
  const Json& before = change.before == nullptr ? none : change.before->value();
  const Json& after = change.after == nullptr ? none : change.after->value();
  switch (change.kind) {
    case Kind::kNode:
      OnNode(change);
      break;
    case Kind::kLease:
      if (change.actor == "kubelet") {
        alive_[NameOf(change.object->value())] = change.time;
      }
      break;
    case Kind::kPod:
      OnPod(change);
      break;
    case Kind::kJob:
      if (before.is_null()) {
        const std::string node = AnnotationOf(after, api::kJobNode);
        if (const ObjectPtr live = cluster_.database.Find(Kind::kNode, node)) {
          work_[UidOf(live->value())].job_since = change.time;
        }
      }
      break;
    case Kind::kUpgrade:
      if (change.key == upgrade_ && !after.is_null() &&
          change.actor.find('/') != std::string::npos) {
        OnStatus(before, after);
      }
      break;
    case Kind::kBudget:
    case Kind::kPodTemplate:
    case Kind::kAttachment:
    case Kind::kVolume:
    case Kind::kDaemonSet:
    case Kind::kDeployment:
    case Kind::kStatefulSet:
    case Kind::kReplicaSet:
    case Kind::kEndpointSlice:
    case Kind::kValidatingWebhooks:
    case Kind::kMutatingWebhooks:
    case Kind::kConfigMap:
      break;
  }
}

void NodePromises::OnNode(const Change& change) {
  if (change.actor == "kubelet") {
    alive_[change.key] = change.time;
  }
  State state{change.version, change.time, "", "", "", false, ""};
  if (change.after != nullptr) {
    const Json& node = change.after->value();
    state.uid = UidOf(node);
    state.kubelet = KubeletVersion(node);
    state.boot = TextAt(node, {"status", "nodeInfo", "bootID"});
    state.ready = IsReadyNode(node);
    state.ready_since = ReadySince(node);
  }
  std::vector<State>& states = states_[change.key];
  if (states.empty() || !(states.back() == state)) {
    states.push_back(std::move(state));
  }
}

void NodePromises::OnPod(const Change& change) {
  const Json& pod = change.object->value();
  const std::string uid = UidOf(pod);
  const bool ready = IsReadyPod(pod) && !IsDeleting(pod);
  (ready ? not_ready_ : ready_).erase(change.key);
  if (change.after == nullptr) {
    not_ready_.erase(change.key);
    ready_.erase(change.key);
  } else {
    (ready ? ready_ : not_ready_).try_emplace(change.key, change.time);
  }
  const bool leaves = change.after == nullptr || IsDeleting(pod);
  const bool by_controller = change.actor.find('/') != std::string::npos;
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, NodeNameOf(pod));
  if (leaves && by_controller && node != nullptr && !ClaimsOf(pod).empty()) {
    leaving_[uid] = UidOf(node->value());
  }
  const auto left = leaving_.find(uid);
  if (change.after == nullptr && left != leaving_.end()) {
    Work& work = work_[left->second];
    for (const std::string& claim : ClaimsOf(pod)) {
      work.claims.insert(VolumeOf(NamespaceOf(pod), claim));
    }
    work.last_gone = change.time;
    leaving_.erase(left);
  }
}

void NodePromises::OnStatus(const Json& before, const Json& after) {
  const Json& old_status = ValueAt(before, {"status"});
  const Json& status = ValueAt(after, {"status"});
  for (const char* list : {"failures", "postponed"}) {
    for (const Json& entry : ValueAt(status, {list})) {
      const std::string uid = TextAt(entry, {"uid"});
      const Json& old = EntryOf(old_status, list, uid);
      if (TextAt(old, {"time"}) != TextAt(entry, {"time"}) &&
          !EntryOf(old_status, "inProgress", uid).is_null()) {
        CheckGivenUp(after, entry);
      }
    }
  }
  for (const Json& entry : ValueAt(status, {"inProgress"})) {
    const std::string uid = TextAt(entry, {"uid"});
    const Json& old = EntryOf(old_status, "inProgress", uid);
    const std::string step = TextAt(entry, {"step"});
    const bool begins = step == "Pulling" || step == "Cordoning";
    if (old.is_null() || (begins && TextAt(old, {"step"}) == "Uncordoning")) {
      work_[uid] = Work{cluster_.timeline.now(), cluster_.timeline.now(), {}, {}, {}, {}};
    } else if (TextAt(old, {"step"}) != step) {
      Work& work = work_[uid];
      work.step_since = cluster_.timeline.now();
      if (TextAt(old, {"step"}) == "Cordoning") {
        work.daemon_sets = ReadyDaemonSets(TextAt(entry, {"name"}), work.since - view_lag_);
      }
    }
  }
}

std::set<std::string> NodePromises::ReadyDaemonSets(const std::string& node,
                                                    base::SteadyTime since) const {
  std::set<std::string> uids;
  for (const auto& [key, ready_since] : ready_) {
    const ObjectPtr pod = cluster_.database.Find(Kind::kPod, key);
    if (pod != nullptr && ready_since < since && NodeNameOf(pod->value()) == node &&
        OwnerField(pod->value(), "kind") == "DaemonSet") {
      uids.insert(OwnerField(pod->value(), "uid"));
    }
  }
  return uids;
}

/// P22: nothing is given up before its time, whatever the clocks of controllers show.
void NodePromises::CheckGivenUp(const Json& upgrade, const Json& entry) {
  const Work& work = work_[TextAt(entry, {"uid"})];
  const std::string reason = TextAt(entry, {"reason"});
  const auto check = [&](base::SteadyTime since, seconds room) {
    const auto passed = (cluster_.timeline.now() - since) / seconds{1};
    if (seconds{passed} + kClockSlack + seconds{25} < room) {  // of the slowest request
      const std::string of = std::to_string(passed) + " of " + std::to_string(room.count()) + " s";
      report_("P22", TextAt(entry, {"name"}) + " is given up (" + reason + ") after " + of);
    }
  };
  const auto bound = [&](Path path) { return seconds{NumberAt(upgrade, path)}; };
  if (reason == "DrainTimeout") {
    check(work.since, bound({"spec", "drain", "timeoutSeconds"}));
  } else if (reason == "JobOverdue" && work.job_since) {
    check(*work.job_since, bound({"spec", "executor", "timeoutSeconds"}));
  } else if (reason == "ImageNotPulled") {
    check(work.step_since, std::chrono::minutes{5});
  } else if (kOfVerification.contains(reason)) {
    check(work.step_since, bound({"spec", "verify", "timeoutSeconds"}));
  }
}

void NodePromises::OnBegin(const Call& call) {
  if (!call.mutating || call.target.Query("dryRun") == "All") {
    return;
  }
  const Json upgrade = Upgrade();
  const Target& target = call.target;
  if (target.resource == "clusterupgrades" && target.subresource == "status") {
    CheckStatus(call, upgrade, StatusIn(call.request));
  } else if (target.resource == "jobs" && call.request.method == port::Method::kPost) {
    const Json job = Json::parse(call.request.body, nullptr, false);
    if (cluster_.database.Find(Kind::kJob, target.ns + "/" + NameOf(job)) == nullptr) {
      CheckVolumes(upgrade, AnnotationOf(job, api::kJobNode));
    }
  }
}

std::vector<NodePromises::State> NodePromises::SeenStates(const std::string& process,
                                                          const std::string& node) const {
  const auto found = states_.find(node);
  const auto seen = seen_.find(process);
  if (found == states_.end() || seen == seen_.end()) {
    return {};
  }
  std::vector<State> states = found->second;
  std::erase_if(states, [&](const State& state) { return state.version > seen->second; });
  return states;
}

void NodePromises::CheckStatus(const Call& call, const Json& upgrade, const Json& status) {
  const Json& durable = ValueAt(upgrade, {"status"});
  for (const Json& entry : ValueAt(status, {"inProgress"})) {
    const std::string uid = TextAt(entry, {"uid"});
    const Json& old = EntryOf(durable, "inProgress", uid);
    if (old.is_null() && TextAt(entry, {"step"}) != "Verifying") {
      const std::vector<State> states = SeenStates(call.process, TextAt(entry, {"name"}));
      boot_at_start_[uid] = states.empty() ? "" : states.back().boot;
    }
    if (BoolAt(entry, {"verified"}) && !BoolAt(old, {"verified"}) && !old.is_null()) {
      CheckVerified(call, upgrade, entry);
    }
  }
}

/// P21: no Job is created while volumes of evicted pods are attached to the node, unless
/// volumeDetachTimeoutSeconds is over.
void NodePromises::CheckVolumes(const Json& upgrade, const std::string& node) {
  const ObjectPtr live = cluster_.database.Find(Kind::kNode, node);
  const seconds room{NumberAt(upgrade, {"spec", "drain", "volumeDetachTimeoutSeconds"})};
  if (live == nullptr || room == seconds{0}) {
    return;
  }
  const Work& work = work_[UidOf(live->value())];
  std::set<std::string> mounted;
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    if (NodeNameOf(pod->value()) != node || IsFinishedPod(pod->value())) {
      continue;
    }
    for (const std::string& claim : ClaimsOf(pod->value())) {
      mounted.insert(VolumeOf(NamespaceOf(pod->value()), claim));
    }
  }
  for (const auto& [name, attachment] : cluster_.database.All(Kind::kAttachment)) {
    const std::string volume =
        TextAt(attachment->value(), {"spec", "source", "persistentVolumeName"});
    if (NodeNameOf(attachment->value()) == node && work.claims.contains(volume) &&
        !mounted.contains(volume) &&
        cluster_.timeline.now() - work.last_gone + kClockSlack < room) {
      report_("P21", "the Job of " + node + " is created while " + volume + " is attached to it");
    }
  }
}

}  // namespace cu::simulation
