#include "model/kubelets.hpp"

#include <utility>

#include "model/pods.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Json Unreachable() {
  return {{"key", "node.kubernetes.io/unreachable"}, {"effect", "NoExecute"}};
}

}  // namespace

Kubelets::Kubelets(Timeline& timeline, Database& database, ApiServer& server, Rng rng)
    : timeline_(timeline), database_(database), server_(server), rng_(rng) {
  programs_ = [](const std::string&, int) { return Program{Outcome::kSucceeds, seconds{30}}; };
  database_.Subscribe([this](const Change& change) {
    if (change.kind == Kind::kPod) {
      OnPod(change);
    }
  });
}

void Kubelets::Join(const std::string& name,
                    const std::string& version,
                    bool control_plane,
                    const Json& labels) {
  Json node{
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata",
       {{"name", name},
        {"labels", {{"kubernetes.io/hostname", name}, {"kubernetes.io/os", "linux"}}},
        {"annotations", Json::object()}}},
      {"spec", Json::object()},
      {"status", {{"nodeInfo", {{"kubeletVersion", version}, {"bootID", name + "-boot-1"}}}}}};
  node["metadata"]["labels"].update(labels);
  if (control_plane) {
    node["metadata"]["labels"]["node-role.kubernetes.io/control-plane"] = "";
  }
  SetCondition(node, "Ready", "True", "KubeletReady", timeline_.wall());
  const ObjectPtr stored = database_.Put(Kind::kNode, std::move(node), "kubelet");
  server_.managed_fields().RecordUpdate(
      UidOf(stored->value()), Json::object(), stored->value(), "kubelet");
  Machine& machine = machines_[name];
  machine.uid = UidOf(stored->value());
  machine.up = true;
  machine.control_plane = control_plane;
  ++machine.incarnation;
  timeline_.After(
      rng_.Between(seconds{0}, seconds{10}),
      [this, name, incarnation = machine.incarnation] { RenewLease(name, incarnation); });
  timeline_.After(seconds{300}, [this, name, incarnation = machine.incarnation] {
    Heartbeat(name, incarnation);
  });
}

void Kubelets::Leave(const std::string& name) {
  Machine& machine = machines_[name];
  machine.up = false;
  ++machine.incarnation;
  server_.managed_fields().Forget(machine.uid);
  database_.Remove(Kind::kNode, name, "human");
  database_.Remove(Kind::kLease, "kube-node-lease/" + name, "gc");
  // The pod garbage collector removes what is left.
  std::vector<std::string> orphans;
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    if (NodeNameOf(pod->value()) == name) {
      orphans.push_back(key);
    }
  }
  timeline_.After(seconds{5}, [this, orphans] {
    for (const std::string& key : orphans) {
      RemoveStoppedPod(database_, key, "gc");
    }
  });
}

bool Kubelets::IsUp(const std::string& name) const {
  const auto found = machines_.find(name);
  return found != machines_.end() && found->second.up;
}

void Kubelets::RenewLease(const std::string& name, int incarnation) {
  const Machine& machine = machines_[name];
  if (machine.incarnation != incarnation) {
    return;
  }
  const std::string key = "kube-node-lease/" + name;
  const std::string now = base::FormatMicroTime(timeline_.wall());
  if (database_.Find(Kind::kLease, key) != nullptr) {
    database_.Edit(
        Kind::kLease, key, "kubelet", [&](Json& lease) { lease["spec"]["renewTime"] = now; });
  } else {
    database_.Put(
        Kind::kLease,
        Json{
            {"apiVersion", "coordination.k8s.io/v1"},
            {"kind", "Lease"},
            {"metadata", {{"name", name}, {"namespace", "kube-node-lease"}}},
            {"spec", {{"holderIdentity", name}, {"leaseDurationSeconds", 40}, {"renewTime", now}}}},
        "kubelet");
  }
  timeline_.After(seconds{10}, [this, name, incarnation] { RenewLease(name, incarnation); });
}

void Kubelets::Heartbeat(const std::string& name, int incarnation) {
  if (machines_[name].incarnation != incarnation) {
    return;
  }
  database_.Edit(Kind::kNode, name, "kubelet", [&](Json& node) {
    for (Json& condition : node["status"]["conditions"]) {
      condition["lastHeartbeatTime"] = base::FormatTime(timeline_.wall());
    }
  });
  timeline_.After(seconds{300}, [this, name, incarnation] { Heartbeat(name, incarnation); });
}

void Kubelets::SetReady(const std::string& name, const char* status, const char* reason) {
  database_.Edit(Kind::kNode, name, "kubelet", [&](Json& node) {
    SetCondition(node, "Ready", status, reason, timeline_.wall());
  });
}

void Kubelets::SetVersion(const std::string& name, const std::string& version) {
  database_.Edit(Kind::kNode, name, "kubelet", [&](Json& node) {
    node["status"]["nodeInfo"]["kubeletVersion"] = version;
  });
  if (machines_[name].control_plane) {
    server_.set_version(version);
    if (components_follow_) {
      SetComponents(name, version);
    }
  }
}

void Kubelets::GoDown(const std::string& name) {
  Machine& machine = machines_[name];
  machine.up = false;
  const int incarnation = ++machine.incarnation;
  timeline_.After(seconds{40}, [this, name, incarnation] { MarkUnreachable(name, incarnation); });
}

void Kubelets::MarkUnreachable(const std::string& name, int incarnation) {
  const Machine& machine = machines_[name];
  if (machine.incarnation != incarnation || machine.up) {
    return;
  }
  database_.Edit(Kind::kNode, name, "node-lifecycle", [&](Json& node) {
    SetCondition(node, "Ready", "Unknown", "NodeStatusUnknown", timeline_.wall());
    SetTaint(node, Unreachable(), true);
  });
  for (const std::string& key : database_.Keys(Kind::kPod)) {
    database_.Edit(Kind::kPod, key, "node-lifecycle", [&](Json& pod) {
      if (NodeNameOf(pod) == name && IsReadyPod(pod)) {
        SetCondition(pod, "Ready", "False", "", timeline_.wall());
      }
    });
  }
}

void Kubelets::ComeUp(const std::string& name, const std::string& version) {
  Machine& machine = machines_[name];
  machine.up = true;
  ++machine.boot;
  const int incarnation = ++machine.incarnation;
  const bool at_once = rng_.Chance(0.5);
  database_.Edit(Kind::kNode, name, "kubelet", [&](Json& node) {
    node["status"]["nodeInfo"]["bootID"] = name + "-boot-" + std::to_string(machine.boot);
    SetTaint(node, Unreachable(), false);
    SetCondition(node,
                 "Ready",
                 at_once ? "True" : "False",
                 at_once ? "KubeletReady" : "KubeletNotReady",
                 timeline_.wall());
  });
  if (!version.empty()) {
    SetVersion(name, version);
  }
  RenewLease(name, incarnation);
  timeline_.After(seconds{300}, [this, name, incarnation] { Heartbeat(name, incarnation); });
  timeline_.After(rng_.Between(seconds{2}, seconds{15}), [this, name, incarnation] {
    if (machines_[name].incarnation == incarnation) {
      SetReady(name, "True", "KubeletReady");
    }
  });
  RestartPods(name);
}

void Kubelets::Reboot(const std::string& name, Duration outage) {
  if (!IsUp(name)) {
    return;
  }
  GoDown(name);
  const int incarnation = machines_[name].incarnation;
  timeline_.After(outage, [this, name, incarnation] {
    if (machines_[name].incarnation == incarnation) {
      ComeUp(name, "");
    }
  });
}

void Kubelets::RepairAll() {
  repaired_ = true;
  for (const auto& [name, machine] : machines_) {
    if (!machine.up && database_.Find(Kind::kNode, name) != nullptr) {
      ComeUp(name, "");
    }
  }
}

}  // namespace cu::simulation
