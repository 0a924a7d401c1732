#include "model/workloads.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Of pods: Workload::spread.
constexpr const char* kSpread = "model/spread";

const std::string kPreferNoSchedule = "PreferNoSchedule";

}  // namespace

std::optional<Kind> KindOf(const Workload& workload) {
  static const std::map<std::string, Kind> kKinds{{"DaemonSet", Kind::kDaemonSet},
                                                  {"Deployment", Kind::kDeployment},
                                                  {"StatefulSet", Kind::kStatefulSet},
                                                  {"ReplicaSet", Kind::kReplicaSet}};
  const auto found = kKinds.find(workload.kind);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

Workloads::Workloads(Timeline& timeline, Database& database, Rng rng)
    : timeline_(timeline), database_(database), rng_(rng) {
  database_.Subscribe([this](const Change& change) { OnChange(change); });
}

void Workloads::Add(Workload workload) {
  workload.uid = database_.NewUid();
  const std::string uid = workload.uid;
  if (const auto kind = KindOf(workload)) {
    Json object{{"apiVersion", "apps/v1"},
                {"kind", workload.kind},
                {"metadata", {{"name", workload.name}, {"namespace", workload.ns}}},
                {"spec",
                 {{"selector", {{"matchLabels", {{"app", workload.name}}}}},
                  {"template", {{"spec", Json::object()}}}}}};
    if (kind != Kind::kDaemonSet) {
      object["spec"]["replicas"] = workload.replicas;
    }
    database_.Put(*kind, std::move(object), "human");
  }
  workloads_[uid] = std::move(workload);
  Reconcile(uid);
}

void Workloads::RemoveDaemonSet(const std::string& ns, const std::string& name) {
  database_.Remove(Kind::kDaemonSet, ns + "/" + name, "human");
  std::erase_if(workloads_, [&](const auto& known) {
    return known.second.kind == "DaemonSet" && known.second.ns == ns && known.second.name == name;
  });
  std::vector<std::string> orphans;
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    if (NamespaceOf(pod->value()) == ns && OwnerField(pod->value(), "kind") == "DaemonSet" &&
        OwnerField(pod->value(), "name") == name) {
      orphans.push_back(key);
    }
  }
  for (const std::string& key : orphans) {
    database_.Remove(Kind::kPod, key, "garbage-collector");
  }
}

void Workloads::AddPod(const std::string& ns,
                       const std::string& name,
                       const std::string& node,
                       bool mirror) {
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", {{"name", name}, {"namespace", ns}, {"labels", {{"app", name}}}}},
           {"spec", {{"nodeName", node}, {"terminationGracePeriodSeconds", 5}}},
           {"status", {{"phase", "Pending"}}}};
  if (mirror) {
    pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "hash";
    pod["metadata"]["ownerReferences"] =
        Json::array({{{"kind", "Node"}, {"name", node}, {"uid", "node"}, {"controller", true}}});
  }
  database_.Put(Kind::kPod, std::move(pod), "human");
}

void Workloads::AddComponent(const std::string& node,
                             const std::string& component,
                             const std::string& version) {
  const std::string name = component + "-" + node;
  AddPod("kube-system", name, node, true);
  database_.Edit(Kind::kPod, "kube-system/" + name, "kubelet", [&](Json& pod) {
    pod["metadata"]["labels"] = {{"component", component}, {"tier", "control-plane"}};
    pod["spec"]["containers"] = Json::array(
        {{{"name", "main"}, {"image", "registry.k8s.io/" + component + ":" + version}}});
  });
}

void Workloads::AddPod(const PodOptions& options) {
  Json pod = MakePod(options);
  ApplyAdmission(pod);
  database_.Put(Kind::kPod, std::move(pod), "human");
}

void Workloads::OnChange(const Change& change) {
  if (change.kind == Kind::kJob) {
    OnJob(change);
  }
  if (change.kind == Kind::kDeployment && change.before != nullptr && change.after != nullptr &&
      ValueAt(change.before->value(), {"spec", "template"}) !=
          ValueAt(change.after->value(), {"spec", "template"})) {
    RollOutOf(change.key);
  }
  if (change.kind == Kind::kNode) {
    for (const auto& [uid, workload] : workloads_) {
      if (workload.kind == "DaemonSet" && (change.before == nullptr || change.after == nullptr)) {
        ReconcileWithin(uid, milliseconds{100}, seconds{2});
      }
    }
    BindPods();
  }
  if (change.kind == Kind::kPod) {
    const std::string owner = WorkloadUidOf(change.object->value());
    if (workloads_.contains(owner)) {
      ReconcileWithin(owner, milliseconds{50}, seconds{1});
    } else if (OwnerField(change.object->value(), "kind") == "Job") {
      OnJobPod(change);
    }
    RemoveFinalizersLater(change);
    BindPods();
  }
}

/// The controller that set a finalizer removes it some time after the deletion.
void Workloads::RemoveFinalizersLater(const Change& change) {
  if (change.after == nullptr || !IsDeleting(change.after->value()) ||
      (change.before != nullptr && IsDeleting(change.before->value())) ||
      ValueAt(change.after->value(), {"metadata", "finalizers"}).empty()) {
    return;
  }
  timeline_.After(rng_.Between(seconds{1}, seconds{60}), [this, key = change.key] {
    database_.Edit(Kind::kPod, key, "finalizer-controller", [](Json& pod) {
      pod["metadata"].erase("finalizers");
    });
    const ObjectPtr pod = database_.Find(Kind::kPod, key);
    if (pod != nullptr && IsDeleting(pod->value()) &&
        NumberAt(pod->value(), {"metadata", "deletionGracePeriodSeconds"}) == 0) {
      database_.Remove(Kind::kPod, key, "finalizer-controller");
    }
  });
}

void Workloads::ReconcileWithin(const std::string& uid, Duration low, Duration high) {
  if (!std::exchange(scheduled_[uid], true)) {
    timeline_.After(rng_.Between(low, high), [this, uid] {
      scheduled_[uid] = false;
      Reconcile(uid);
    });
  }
}

void Workloads::Reconcile(const std::string& uid) {
  if (!workloads_.contains(uid)) {
    return;
  }
  Workload& workload = workloads_[uid];
  std::vector<ObjectPtr> pods;
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    if (WorkloadUidOf(pod->value()) == uid) {
      pods.push_back(pod);
    }
  }
  if (workload.kind == "DaemonSet") {
    for (const auto& [name, node] : database_.All(Kind::kNode)) {
      const bool there = std::any_of(pods.begin(), pods.end(), [&](const ObjectPtr& pod) {
        return NodeNameOf(pod->value()) == name;
      });
      if (!there) {
        CreatePod(workload, workload.name + "-" + std::to_string(++names_), name);
      }
    }
    const std::size_t nodes = database_.All(Kind::kNode).size();
    database_.Edit(
        Kind::kDaemonSet, workload.ns + "/" + workload.name, "workload-controller", [&](Json& set) {
          set["status"]["desiredNumberScheduled"] = nodes;
        });
    return;
  }
  if (workload.kind == "StatefulSet") {
    ReconcileStatefulSet(workload, pods);
    return;
  }
  std::erase_if(pods, [](const ObjectPtr& pod) {
    return IsDeleting(pod->value()) || IsFinishedPod(pod->value());
  });
  if (workload.kind == "Deployment") {
    ReconcileDeployment(workload, pods);
    return;
  }
  const auto active = static_cast<int>(pods.size());
  if (workload.kind != "Workflow") {
    DeleteDownTo(workload.replicas, pods);
  }
  for (auto have = active; have < workload.replicas; ++have) {
    if (workload.kind == "Workflow" && --workload.pods_left < 0) {
      return;
    }
    CreatePod(workload, workload.name + "-" + std::to_string(++names_), "");
  }
}

void Workloads::CreatePod(const Workload& workload,
                          const std::string& name,
                          const std::string& node) {
  PodOptions options;
  options.ns = workload.ns;
  options.name = name;
  options.app = workload.name;
  options.node = node.empty() ? workload.node_name : node;
  options.tolerates = workload.tolerates;
  options.grace_seconds = workload.grace_seconds;
  options.empty_dir = workload.empty_dir;
  options.only_node = workload.only_node;
  options.finalizer = workload.finalizers;
  options.claim = workload.claims ? "data-" + name : "";
  options.runs_seconds = workload.runs_seconds > 0 ? rng_.Number(20, workload.runs_seconds) : 0;
  if (workload.kind == "DaemonSet") {
    options.start_seconds = workload.start_seconds;
  } else if (workload.start_seconds > 0) {
    options.start_seconds = rng_.Number((workload.start_seconds + 1) / 2, workload.start_seconds);
  }
  Json pod = MakePod(options);
  MountToken(pod);
  const bool deployment = workload.kind == "Deployment";
  const std::string hash = std::to_string(workload.revision);
  if (deployment) {
    pod["metadata"]["labels"]["pod-template-hash"] = hash;
  }
  if (workload.spread) {
    pod["metadata"]["annotations"][kSpread] = "true";
  }
  pod["metadata"]["ownerReferences"] = Json::array(
      {{{"kind", deployment ? "ReplicaSet" : workload.kind},
        {"name", deployment ? workload.name + "-" + hash : workload.name},
        {"uid", deployment ? UidOfRevision(workload.uid, workload.revision) : workload.uid},
        {"controller", true}}});
  database_.Put(Kind::kPod, std::move(pod), "workload-controller");
}

/// The scheduler: binds pending pods shortly after pods or nodes changed.
void Workloads::BindPods() {
  if (std::exchange(binding_scheduled_, true)) {
    return;
  }
  timeline_.After(rng_.Between(milliseconds{10}, milliseconds{500}), [this] {
    binding_scheduled_ = false;
    std::vector<std::string> pending;
    for (const auto& [key, pod] : database_.All(Kind::kPod)) {
      if (NodeNameOf(pod->value()).empty() && !IsDeleting(pod->value())) {
        pending.push_back(key);
      }
    }
    for (const std::string& key : pending) {
      const std::string node = PickNode(database_.Find(Kind::kPod, key)->value());
      if (!node.empty()) {
        database_.Edit(
            Kind::kPod, key, "scheduler", [&](Json& pod) { pod["spec"]["nodeName"] = node; });
      }
    }
  });
}

std::string Workloads::PickNode(const Json& pod) {
  std::vector<std::string> fit;
  const bool tolerates = !ValueAt(pod, {"spec", "tolerations"}).empty();
  const Json selector{{"matchLabels", ValueAt(pod, {"spec", "nodeSelector"})}};
  for (const auto& [name, node] : database_.All(Kind::kNode)) {
    const bool repels =
        IsCordoned(node->value()) || HasOtherTaintThan(node->value(), kPreferNoSchedule);
    if (IsReadyNode(node->value()) && !IsControlPlane(node->value()) && (!repels || tolerates) &&
        Selects(selector, ValueAt(node->value(), {"metadata", "labels"}))) {
      fit.push_back(name);
    }
  }
  if (!AnnotationOf(pod, kSpread).empty()) {
    fit = Emptiest(pod, fit);
  }
  std::vector<std::string> preferred;
  std::copy_if(fit.begin(), fit.end(), std::back_inserter(preferred), [&](const std::string& name) {
    return tolerates || !HasTaintOf(database_.Find(Kind::kNode, name)->value(), kPreferNoSchedule);
  });
  const std::vector<std::string>& best = preferred.empty() ? fit : preferred;
  return best.empty() ? std::string() : rng_.Pick(best);
}

std::vector<std::string> Workloads::Emptiest(const Json& pod,
                                             const std::vector<std::string>& nodes) const {
  std::map<std::string, int> pods;
  for (const auto& [key, other] : database_.All(Kind::kPod)) {
    if (WorkloadUidOf(other->value()) == WorkloadUidOf(pod) && !IsDeleting(other->value())) {
      ++pods[NodeNameOf(other->value())];
    }
  }
  std::vector<std::string> emptiest;
  int fewest = 0;
  for (const std::string& node : nodes) {
    if (emptiest.empty() || pods[node] < fewest) {
      emptiest.clear();
      fewest = pods[node];
    }
    if (pods[node] == fewest) {
      emptiest.push_back(node);
    }
  }
  return emptiest;
}

}  // namespace cu::simulation
