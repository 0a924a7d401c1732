#include "unit/planner/flaky_cluster.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "planner/model/intent.hpp"
#include "unit/planner/instant_cluster.hpp"

namespace cu::planner {

FlakyCluster::FlakyCluster(const std::vector<std::string>& workers) {
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  scene.server_version = kNew;
  for (const std::string& name : workers) {
    scene.Add(Worker(name));
  }
}

void FlakyCluster::Add(const std::string& node, api::Pod pod) {
  pod.node_name = node;
  const std::string key = pod.meta.Key();
  pods[key] = std::move(pod);
  PublishWatches();
}

void FlakyCluster::Step() {
  const Plan plan = scene.Look();
  if (SameIntent(plan.status, scene.status())) {
    scene.open = plan.watches;
    for (const Action& action : plan.actions) {
      if (MayBeSent(action) && !Send(action)) {
        return;
      }
    }
  }
  if (plan.status != scene.status() && !WriteStatus(plan)) {
    return;
  }
  scene.open = plan.watches;
  PassOneSecond();
}

void FlakyCluster::Steps(int count) {
  for (int i = 0; i < count; ++i) {
    Step();
  }
}

void FlakyCluster::RestartController() {
  scene.memory = {};
  scene.results.clear();
  scene.open.clear();
  scene.Pass(1);
}

bool FlakyCluster::IsAlive(const std::string& key) const {
  const auto pod = pods.find(key);
  return pod != pods.end() && !pod->second.meta.deleted && !pod->second.finished();
}

bool FlakyCluster::IsSaved(const std::string& key) const {
  return std::any_of(scene.saved_pods.begin(), scene.saved_pods.end(), [&](const auto& saved) {
    const api::Metadata& meta = saved.second.meta;
    return meta.ns + "/" + api::AnnotationOf(meta, api::kSavedPodName) == key;
  });
}

int FlakyCluster::Count(const std::string& action) const {
  return static_cast<int>(std::count(applied.begin(), applied.end(), action));
}

bool FlakyCluster::MayBeSent(const Action& action) const {
  const ActionResult* result = ResultOf(scene.results, action);
  return result == nullptr || result->not_before <= scene.now.steady;
}

bool FlakyCluster::WriteStatus(const Plan& plan) {
  const bool hit = writes++ == fault_at;
  if (!hit || fault != Fault::kCrashBefore) {
    scene.status() = plan.status;
  }
  if (hit && (fault == Fault::kCrashBefore || fault == Fault::kCrashAfter)) {
    RestartController();
    return false;
  }
  return true;
}

bool FlakyCluster::Send(const Action& action) {
  const bool hit = writes++ == fault_at;
  if (hit && fault == Fault::kCrashBefore) {
    RestartController();
    return false;
  }
  const Outcome outcome = CarryOut(action);
  PublishWatches();
  if (hit && fault == Fault::kCrashAfter) {
    RestartController();
    return false;
  }
  scene.Answer(action,
               hit && fault == Fault::kReplyLost ? Outcome::kUnknown : outcome,
               "the server says no");
  scene.results[KeyOf(action)].not_before +=
      std::chrono::seconds(outcome == Outcome::kAccepted ? 10 : 1);
  return true;
}

Outcome FlakyCluster::CarryOut(const Action& action) {
  if (const auto refusal = refusals.find(KeyOf(action).kind); refusal != refusals.end()) {
    return refusal->second;
  }
  applied.push_back(Describe(action));
  if (const auto* evict = std::get_if<EvictPod>(&action)) {
    return Evict(*evict);
  }
  if (const auto* recreate = std::get_if<RecreatePod>(&action)) {
    return Create(*recreate);
  }
  if (const auto* save = std::get_if<SavePodTemplate>(&action);
      save != nullptr && scene.saved_pods.contains(save->pod.ns + "/" + save->pod.name)) {
    return Outcome::kExists;
  }
  InstantCluster(scene).CarryOut(action);
  return Outcome::kAccepted;
}

Outcome FlakyCluster::Evict(const EvictPod& action) {
  const auto pod = pods.find(action.ns + "/" + action.name);
  if (pod == pods.end() || pod->second.meta.uid != action.uid) {
    return Outcome::kGone;
  }
  if (!pod->second.meta.deleted) {
    evictions += pod->second.finished() ? 0 : 1;
    pod->second.meta.deleted = scene.now.wall + std::chrono::seconds(termination_seconds);
  }
  return Outcome::kAccepted;
}

Outcome FlakyCluster::Create(const RecreatePod& action) {
  if (pods.contains(action.ns + "/" + action.name)) {
    return Outcome::kExists;
  }
  ++creations;
  api::Pod pod = PodBuilder(action.name).In(action.ns).Unmanaged().NeverStarted();
  pod.meta.uid = action.name + "-uid-" + std::to_string(creations);
  pod.meta.created = scene.now.wall;
  pod.meta.labels[std::string(api::kSavedPod)] = "true";
  pod.meta.annotations[std::string(api::kSavedPodUid)] = action.old_uid;
  pods[pod.meta.Key()] = pod;
  return Outcome::kAccepted;
}

void FlakyCluster::PassOneSecond() {
  scene.Pass(1);
  std::erase_if(pods, [&](const auto& entry) {
    return entry.second.meta.deleted && *entry.second.meta.deleted <= scene.now.wall;
  });
  for (auto& [key, pod] : pods) {
    if (pod.phase == api::PodPhase::kPending && !pod.meta.deleted && recreated_pods_start) {
      StartPod(pod);
    }
  }
  for (const api::NodeInWork& entry : scene.status().in_progress) {
    if (entry.step == api::NodeStep::kUpgrading) {
      scene.node(entry.name).kubelet_version = kNew;
    }
  }
  PublishWatches();
}

void FlakyCluster::StartPod(api::Pod& pod) {
  for (const auto& [name, node] : scene.nodes) {
    if (pod.node_name.empty() && !node.unschedulable) {
      pod.node_name = name;
    }
  }
  const base::WallTime created = pod.meta.created.value_or(kStart);
  if (!pod.node_name.empty() && scene.now.wall >= created + std::chrono::seconds(startup_seconds)) {
    pod.phase = api::PodPhase::kRunning;
  }
}

void FlakyCluster::PublishWatches() {
  if (!recreated_pods_lag) {
    scene.recreated_pods.clear();
  }
  scene.whole_pods.clear();
  for (auto& [node, on_node] : scene.pods) {
    on_node.clear();
  }
  for (const auto& [key, pod] : pods) {
    if (!pod.node_name.empty()) {
      scene.pods[pod.node_name][key] = pod;
    }
    if (!recreated_pods_lag && pod.meta.labels.contains(api::kSavedPod)) {
      scene.recreated_pods[key] = pod;
    }
    scene.whole_pods[key][key] = {pod.meta, "{\"spec\":{}}"};
  }
}

}  // namespace cu::planner
