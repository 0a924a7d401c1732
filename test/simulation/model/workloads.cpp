#include "model/workloads.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

Workloads::Workloads(Timeline& timeline, Database& database, Dice dice)
    : timeline_(timeline), database_(database), dice_(dice) {
  database_.Subscribe([this](const Change& change) { OnChange(change); });
}

void Workloads::Add(Workload workload) {
  workload.uid = database_.NewUid();
  const std::string uid = workload.uid;
  workloads_[uid] = std::move(workload);
  Reconcile(uid);
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

void Workloads::OnChange(const Change& change) {
  if (change.kind == Kind::kJob) {
    OnJob(change);
  }
  if (change.kind == Kind::kNode) {
    for (const auto& [uid, workload] : workloads_) {
      if (workload.kind == "DaemonSet" && (change.before == nullptr || change.after == nullptr)) {
        Soon(uid, milliseconds{100}, seconds{2});
      }
    }
    Schedule();
  }
  if (change.kind == Kind::kPod) {
    const std::string owner = OwnerField(change.shown->value(), "uid");
    if (workloads_.contains(owner)) {
      Soon(owner, milliseconds{50}, seconds{1});
    } else if (OwnerField(change.shown->value(), "kind") == "Job") {
      OnJobPod(change);
    }
    Schedule();
  }
}

void Workloads::Soon(const std::string& uid, Span low, Span high) {
  if (!std::exchange(due_[uid], true)) {
    timeline_.After(dice_.Between(low, high), [this, uid] {
      due_[uid] = false;
      Reconcile(uid);
    });
  }
}

void Workloads::Reconcile(const std::string& uid) {
  const Workload& workload = workloads_[uid];
  std::vector<ObjectPtr> pods;
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    if (OwnerField(pod->value(), "uid") == uid) {
      pods.push_back(pod);
    }
  }
  if (workload.kind == "DaemonSet") {
    for (const auto& [name, node] : database_.All(Kind::kNode)) {
      const bool there = std::any_of(pods.begin(), pods.end(), [&](const ObjectPtr& pod) {
        return TextAt(pod->value(), {"spec", "nodeName"}) == name;
      });
      if (!there) {
        CreatePod(workload, workload.name + "-" + std::to_string(++names_), name);
      }
    }
    return;
  }
  if (workload.kind == "StatefulSet") {
    for (int ordinal = 0; ordinal < workload.replicas; ++ordinal) {
      const std::string name = workload.name + "-" + std::to_string(ordinal);
      if (database_.Find(Kind::kPod, workload.ns + "/" + name) == nullptr) {
        CreatePod(workload, name, "");
        return;
      }
    }
    return;
  }
  const auto active = std::count_if(pods.begin(), pods.end(), [](const ObjectPtr& pod) {
    return !IsDeleting(pod->value()) && !IsFinishedPod(pod->value());
  });
  for (auto have = active; have < workload.replicas; ++have) {
    CreatePod(workload, workload.name + "-" + std::to_string(++names_), "");
  }
}

void Workloads::CreatePod(const Workload& workload,
                          const std::string& name,
                          const std::string& node) {
  Json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata",
            {{"name", name},
             {"namespace", workload.ns},
             {"labels", {{"app", workload.name}}},
             {"ownerReferences",
              {{{"kind", workload.kind},
                {"name", workload.name},
                {"uid", workload.uid},
                {"controller", true}}}}}},
           {"spec", {{"terminationGracePeriodSeconds", workload.grace_seconds}}},
           {"status", {{"phase", "Pending"}}}};
  if (!node.empty()) {
    pod["spec"]["nodeName"] = node;
  }
  if (workload.empty_dir) {
    pod["spec"]["volumes"] = Json::array({{{"name", "scratch"}, {"emptyDir", Json::object()}}});
  }
  database_.Put(Kind::kPod, std::move(pod), "workload-controller");
}

/// The scheduler: binds what is pending, soon after pods or nodes changed.
void Workloads::Schedule() {
  if (std::exchange(schedule_due_, true)) {
    return;
  }
  timeline_.After(dice_.Between(milliseconds{10}, milliseconds{500}), [this] {
    schedule_due_ = false;
    std::vector<std::string> pending;
    for (const auto& [key, pod] : database_.All(Kind::kPod)) {
      if (TextAt(pod->value(), {"spec", "nodeName"}).empty() && !IsDeleting(pod->value())) {
        pending.push_back(key);
      }
    }
    for (const std::string& key : pending) {
      const std::string node = PickNode();
      if (!node.empty()) {
        database_.Edit(
            Kind::kPod, key, "scheduler", [&](Json& pod) { pod["spec"]["nodeName"] = node; });
      }
    }
  });
}

std::string Workloads::PickNode() {
  std::vector<std::string> fit;
  for (const auto& [name, node] : database_.All(Kind::kNode)) {
    const bool control_plane =
        !Child(node->value(), {"metadata", "labels", "node-role.kubernetes.io/control-plane"})
             .is_null();
    if (IsReadyNode(node->value()) && !IsCordoned(node->value()) && !control_plane &&
        Child(node->value(), {"spec", "taints"}).empty()) {
      fit.push_back(name);
    }
  }
  return fit.empty() ? std::string() : dice_.Pick(fit);
}

}  // namespace cu::simulation
