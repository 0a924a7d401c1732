#include <algorithm>
#include <utility>

#include "model/workloads.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::string> Workloads::Applications() const {
  std::vector<std::string> uids;
  for (const auto& [uid, workload] : workloads_) {
    if (workload.kind != "DaemonSet" && workload.kind != "Workflow" && workload.start_seconds > 0) {
      uids.push_back(uid);
    }
  }
  return uids;
}

void Workloads::Scale(const std::string& uid, int replicas) {
  Workload& workload = workloads_.at(uid);
  workload.replicas = replicas;
  if (const auto kind = KindOf(workload)) {
    database_.Edit(*kind, workload.ns + "/" + workload.name, "human", [&](Json& object) {
      object["spec"]["replicas"] = replicas;
    });
  }
  ReconcileWithin(uid, milliseconds{50}, seconds{1});
}

void Workloads::RollOut(const std::string& uid) {
  ++workloads_.at(uid).revision;
  ReconcileWithin(uid, milliseconds{50}, seconds{1});
}

void Workloads::RollOutOf(const std::string& key) {
  for (const auto& [uid, workload] : workloads_) {
    if (workload.kind == "Deployment" && workload.ns + "/" + workload.name == key) {
      return RollOut(uid);
    }
  }
}

void Workloads::Delete(const std::string& uid) {
  const Workload& workload = workloads_.at(uid);
  if (const auto kind = KindOf(workload)) {
    database_.Remove(*kind, workload.ns + "/" + workload.name, "human");
  }
  workloads_.erase(uid);
  for (const std::string& key : database_.Keys(Kind::kPod)) {
    if (WorkloadUidOf(database_.Find(Kind::kPod, key)->value()) == uid) {
      DeleteGracefully(database_, key, timeline_.wall(), "garbage-collector");
    }
  }
}

/// podManagementPolicy OrderedReady for pods that take time to start, else Parallel.
void Workloads::ReconcileStatefulSet(const Workload& workload, const std::vector<ObjectPtr>& pods) {
  for (const ObjectPtr& pod : pods) {
    const std::string name = NameOf(pod->value());
    if (std::stoi(name.substr(name.rfind('-') + 1)) >= workload.replicas) {
      DeleteGracefully(database_, KeyOf(pod->value()), timeline_.wall(), "workload-controller");
    }
  }
  for (int ordinal = 0; ordinal < workload.replicas; ++ordinal) {
    const std::string name = workload.name + "-" + std::to_string(ordinal);
    const ObjectPtr pod = database_.Find(Kind::kPod, workload.ns + "/" + name);
    if (pod == nullptr) {
      CreatePod(workload, name, "");
      return;
    }
    if (workload.start_seconds > 0 && (!IsReadyPod(pod->value()) || IsDeleting(pod->value()))) {
      return;
    }
  }
}

/// Rolling updates with maxSurge 1 and maxUnavailable 0. `pods` are alive.
void Workloads::ReconcileDeployment(const Workload& workload, const std::vector<ObjectPtr>& pods) {
  std::vector<ObjectPtr> current;
  std::vector<ObjectPtr> old;
  int ready = 0;
  for (const ObjectPtr& pod : pods) {
    const bool is_current =
        OwnerField(pod->value(), "uid") == UidOfRevision(workload.uid, workload.revision);
    (is_current ? current : old).push_back(pod);
    ready += IsReadyPod(pod->value()) ? 1 : 0;
  }
  const auto has = static_cast<int>(current.size());
  const auto all = static_cast<int>(pods.size());
  const int most = workload.replicas + (old.empty() ? 0 : 1);
  for (int create = std::min(workload.replicas - has, most - all); create > 0; --create) {
    CreatePod(workload, workload.name + "-" + std::to_string(++names_), "");
  }
  DeleteDownTo(workload.replicas, current);
  const auto not_ready = std::count_if(
      old.begin(), old.end(), [](const ObjectPtr& pod) { return !IsReadyPod(pod->value()); });
  const int spare = std::max(0, ready - workload.replicas) + static_cast<int>(not_ready);
  DeleteDownTo(std::max(0, static_cast<int>(old.size()) - spare), old);
}

void Workloads::DeleteDownTo(int count, std::vector<ObjectPtr> pods) {
  std::stable_partition(
      pods.begin(), pods.end(), [](const ObjectPtr& pod) { return IsReadyPod(pod->value()); });
  while (static_cast<int>(pods.size()) > count) {
    DeleteGracefully(
        database_, KeyOf(pods.back()->value()), timeline_.wall(), "workload-controller");
    pods.pop_back();
  }
}

}  // namespace cu::simulation
