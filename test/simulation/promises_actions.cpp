#include <algorithm>
#include <utility>

#include "api/labels.hpp"
#include "promises.hpp"
#include "promises_refresh.hpp"

namespace cu::simulation {

/// P1, P2, P12: a node is cordoned only after the status says that it is in progress.
void Promises::CheckCordon(const Call& call) {
  const Json wanted = Json::parse(call.request.body, nullptr, false);
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, call.target.name);
  if (!IsCordoned(wanted)) {
    return;
  }
  if (UidOf(wanted).empty()) {
    Report("P7", "a cordon of " + call.target.name + " without a UID may create the object");
  }
  if (node == nullptr || UidOf(node->value()) != UidOf(wanted)) {
    return;
  }
  const Json upgrade = Upgrade();
  const std::string uid = UidOf(wanted);
  // A node that is cordoned already is not disrupted.
  if (!nodes_[call.target.name].marked_since && !IsCordoned(node->value())) {
    CheckStopRequest(call, "cordon of " + call.target.name);
  }
  const bool intended = !EntryOf(upgrade, "inProgress", uid).is_null();
  if (intended || upgrade.is_null()) {
    return;
  }
  const std::string pool = PoolOf(upgrade, node->value());
  std::int64_t unavailable = 1;
  for (const ObjectPtr& other : NodesOf(upgrade, pool)) {
    const bool held = nodes_[NameOf(other->value())].marked_since.has_value();
    const bool failed = !EntryOf(upgrade, "failures", UidOf(other->value())).is_null();
    unavailable += held && !failed && UidOf(other->value()) != uid ? 1 : 0;
  }
  const bool over = unavailable > BudgetOf(upgrade, pool);
  Report(over ? "P1" : "P2", "cordon of " + call.target.name + ", which is not in progress");
}

/// P12: a node that the status says is begun.
void Promises::CheckBeginnings(const Call& call) {
  const Json upgrade = Upgrade();
  const Json status = StatusIn(call.request);
  for (const Json& entry : ValueAt(status, {"inProgress"})) {
    const std::string step = TextAt(entry, {"step"});
    if ((step == "Pulling" || step == "Cordoning") &&
        EntryOf(upgrade, "inProgress", TextAt(entry, {"uid"})).is_null()) {
      CheckStopRequest(call, "begin of " + TextAt(entry, {"name"}));
    }
  }
}

/// P2: images are pulled for a node that is in progress and untouched, by a pod that can do nothing
/// else.
void Promises::CheckPull(const Json& job) {
  const Json& pod = ValueAt(job, {"spec", "template", "spec"});
  const std::string node = NodeNameOf(ValueAt(job, {"spec", "template"}));
  const Json upgrade = Upgrade();
  const Json& all = ValueAt(upgrade, {"status", "inProgress"});
  const bool wanted = std::any_of(all.begin(), all.end(), [&](const Json& entry) {
    return TextAt(entry, {"name"}) == node && TextAt(entry, {"step"}) == "Pulling";
  });
  if (!wanted) {
    Report("P2", "images are pulled on " + node + ", which is not in Pulling");
  }
  for (const Json& container : ValueAt(pod, {"containers"})) {
    const Json& rights = ValueAt(container, {"securityContext"});
    if (rights.value("allowPrivilegeEscalation", true) || rights.value("privileged", false) ||
        container.contains("volumeMounts") || pod.contains("volumes")) {
      Report("P2", "the pod that pulls images on " + node + " has rights: " + container.dump());
    }
  }
}

/// P4, P5, P7, P12: the creation of a Job.
void Promises::CheckJob(const Call& call) {
  const Json job = Json::parse(call.request.body, nullptr, false);
  if (ValueAt(job, {"metadata", "labels"}).contains(api::kJobPullsImages)) {
    return CheckPull(job);
  }
  const std::string name = NameOf(job);
  const std::string node_name = AnnotationOf(job, api::kJobNode);
  const std::string version = AnnotationOf(job, api::kJobVersion);
  const ObjectPtr node = cluster_.database.Find(Kind::kNode, node_name);
  const ObjectPtr same = cluster_.database.Find(Kind::kJob, call.target.ns + "/" + name);
  if (node == nullptr || same != nullptr) {
    return;  // it has no effect
  }
  if (recorded_jobs_.contains(name)) {
    Report("P4", "Job " + name + ", recorded before, is created again");
  }
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    // A controller cannot know a pod that is younger than its view once the Job is gone.
    const std::string owner = call.target.ns + "/" + OwnerField(pod->value(), "name");
    const bool known =
        cluster_.database.Find(Kind::kJob, owner) != nullptr || OlderThanView(pods_.at(key));
    if (OwnerField(pod->value(), "kind") == "Job" && !IsFinishedPod(pod->value()) && known &&
        NodeNameOf(pod->value()) == node_name) {
      Report("P4", "Job " + name + " is created beside the live pod " + key);
    }
  }
  for (const auto& [key, other] : cluster_.database.All(Kind::kJob)) {
    if (AnnotationOf(other->value(), api::kJobNode) == node_name &&
        ValueAt(other->value(), {"status", "conditions"}).empty()) {
      Report("P4", "Job " + name + " is created beside the unfinished Job " + key);
    }
  }
  CheckSkew(node->value(), version, name);
  CheckComponents(AnnotationOf(job, api::kJobStage), version, name);
  const std::string uid = UidOf(node->value());
  if (verified_.contains({uid, version})) {
    Report("P7", "a Job for verified node " + node_name);
  }
  CheckStopRequest(call, "Job " + name);
  const Json upgrade = Upgrade();
  const Json& entry = EntryOf(upgrade, "inProgress", uid);
  if (TextAt(entry, {"step"}) != "Upgrading" || TextAt(entry, {"version"}) != version) {
    Report("P2", "Job " + name + " without an entry in the status");
  }
}

/// P5: no node is started while a kubelet is newer than an API server, and will be afterwards.
void Promises::CheckNoNewerKubelet(const Json& entry) {
  // What was so from the beginning every controller has listed.
  const auto known = [&](base::SteadyTime since) {
    return since.time_since_epoch() <= std::chrono::hours{1} || OlderThanView(since);
  };
  std::optional<int> oldest;
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    const int minor = ReleaseOf(KubeletVersion(node->value())).minor_number;
    if (IsControlPlane(node->value()) && known(nodes_[name].version_since)) {
      oldest = std::min(oldest.value_or(minor), minor);
    }
  }
  const int api = std::max(oldest.value_or(ReleaseOf(cluster_.server.version()).minor_number),
                           ReleaseOf(TextAt(Upgrade(), {"spec", "version"})).minor_number);
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    if (!IsControlPlane(node->value()) && !IsVirtual(node->value()) && known(nodes_[name].since) &&
        known(nodes_[name].version_since) &&
        ReleaseOf(KubeletVersion(node->value())).minor_number > api) {
      Report("P5",
             TextAt(entry, {"name"}) + " was started though the kubelet of " + name +
                 " is newer than an API server");
    }
  }
}

/// P5: no downgrade; no kubelet newer than an API server; no minor skipped by a control plane; no
/// kubelet left more than three minors behind.
void Promises::CheckSkew(const Json& node, const std::string& version, const std::string& job) {
  const Release target = ReleaseOf(version);
  const Release is = ReleaseOf(KubeletVersion(node));
  const auto refuse = [&](const std::string& why) { Report("P5", "Job " + job + ": " + why); };
  if (target < is) {
    refuse("downgrade from " + KubeletVersion(node) + " to " + version);
  }
  if (IsControlPlane(node) && target.minor_number > is.minor_number + 1) {
    refuse("a minor is skipped from " + KubeletVersion(node) + " to " + version);
  }
  const auto& nodes = cluster_.database.All(Kind::kNode);
  const bool managed = std::none_of(nodes.begin(), nodes.end(), [](const auto& other) {
    return IsControlPlane(other.second->value());
  });
  if (managed && ReleaseOf(cluster_.server.version()).minor_number < target.minor_number) {
    refuse("newer than the API server");
  }
  for (const auto& [name, other] : cluster_.database.All(Kind::kNode)) {
    const Release release = ReleaseOf(KubeletVersion(other->value()));
    if (IsVirtual(other->value())) {
      continue;
    }
    if (!OlderThanView(nodes_[name].since) || !OlderThanView(nodes_[name].version_since)) {
      continue;
    }
    if (IsControlPlane(node) && release.minor_number + 3 < target.minor_number) {
      refuse(name + " would be more than three minors behind");
    }
    if (!IsControlPlane(node) && IsControlPlane(other->value()) &&
        release.minor_number < target.minor_number) {
      refuse("newer than the API server on " + name);
    }
  }
}

/// P5, where components are upgraded apart: they never differ by more than a minor among each
/// other, and no kubelet is newer than one of them.
void Promises::CheckComponents(const std::string& stage,
                               const std::string& version,
                               const std::string& job) {
  if (TextAt(Upgrade(), {"spec", "executor", "type"}) != "Kubeadm") {
    return;
  }
  const int target = ReleaseOf(version).minor_number;
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    const Json& containers = ValueAt(pod->value(), {"spec", "containers"});
    if (TextAt(pod->value(), {"metadata", "labels", "tier"}) != "control-plane" ||
        containers.empty() || !OlderThanView(pods_.at(key))) {
      continue;
    }
    const std::string image = TextAt(containers.front(), {"image"});
    const int is = ReleaseOf(image.substr(image.rfind(':') + 1)).minor_number;
    if (is < (stage == "Node" ? target : target - 1)) {
      Report("P5", "Job " + job + " goes to " + version + " while " + key + " is at " + image);
    }
  }
}

/// P6, P12: an eviction names the UID, and never a pod that has to stay.
void Promises::CheckEviction(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  const Json upgrade = Upgrade();
  const std::string what = call.target.key();
  const std::string uid = call.target.subresource == "eviction"
                              ? TextAt(body, {"deleteOptions", "preconditions", "uid"})
                              : TextAt(body, {"preconditions", "uid"});
  if (uid.empty()) {
    Report("P6", "eviction of " + what + " without its UID");
  }
  const ObjectPtr pod = cluster_.database.Find(Kind::kPod, what);
  if (pod == nullptr || UidOf(pod->value()) != uid) {
    return;
  }
  const Json& skip = ValueAt(upgrade, {"spec", "drain", "skipPods"});
  const bool for_tokens =
      call.target.subresource == "eviction" && GoesForTokens(upgrade, pod->value());
  if ((OwnerField(pod->value(), "kind") == "DaemonSet" && !for_tokens) ||
      IsMirrorPod(pod->value()) ||
      (skip.is_object() && Selects(skip, ValueAt(pod->value(), {"metadata", "labels"})))) {
    Report("P6", "eviction of " + what + ", which has to stay");
  }
  CheckStopRequest(call, "eviction of " + what);
  if (for_tokens) {
    return;  // RefreshPromises
  }
  const auto state = nodes_.find(NodeNameOf(pod->value()));
  if (state == nodes_.end() || !OlderThanView(state->second.since)) {
    return;  // the node was deleted or replaced a moment ago
  }
  const Json& entry = EntryOf(upgrade, "inProgress", state->second.uid);
  const std::string step = TextAt(entry, {"step"});
  // A pod that was bound to the node as its drain ended leaves before the Job comes.
  const bool late =
      step == "Upgrading" && TextAt(entry, {"job", "uid"}).empty() && !IsFinishedPod(pod->value());
  if (step != "Draining" && !late) {
    Report("P6", "eviction of " + what + " from a node that is not being drained");
  }
}

}  // namespace cu::simulation
