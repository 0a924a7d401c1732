#pragma once
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "planner/model/intent.hpp"
#include "unit/planner/player.hpp"

/// A cluster with pods that have no controller, a server that answers, and a controller that may
/// die before or after anything it writes.
namespace cu::planner {

enum class Fault { kNone, kDiesBefore, kDiesAfter, kReplyLost };

class Town {
 public:
  explicit Town(const std::vector<std::string>& workers) {
    scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
    scene.server_version = kNew;
    for (const std::string& name : workers) {
      scene.Add(Worker(name));
    }
  }

  void Add(const std::string& node, api::Pod pod) {
    pod.node_name = node;
    const std::string key = pod.meta.Key();
    pods[key] = std::move(pod);
    Show();
  }

  /// One plan and what comes of it, then one second of everybody else's life.
  void Step() {
    const Plan plan = scene.Look();
    const bool intent = !SameIntent(plan.status, scene.status());
    if (!intent) {
      scene.open = plan.watches;
      for (const Action& act : plan.actions) {
        if (Allowed(act) && !Send(act)) {
          return;
        }
      }
    }
    if (plan.status != scene.status() && !WriteStatus(plan)) {
      return;
    }
    scene.open = plan.watches;
    Live();
  }
  void Steps(int count) {
    for (int i = 0; i < count; ++i) {
      Step();
    }
  }
  /// Steps until `holds`, at most `max` of them.
  template <class Holds>
  bool Until(Holds holds, int max = 400) {
    for (int i = 0; i < max && !holds(); ++i) {
      Step();
    }
    return holds();
  }
  bool Ready() const { return scene.Conditions() == "T F F Upgraded"; }

  /// The controller starts anew: only what is durable is left.
  void Die() {
    scene.memory = {};
    scene.results.clear();
    scene.open.clear();
    scene.Pass(1);
  }

  bool Lives(const std::string& key) const {
    const auto pod = pods.find(key);
    return pod != pods.end() && !pod->second.meta.deleted && !pod->second.finished();
  }
  bool Saved(const std::string& pod) const {
    return std::any_of(scene.saved_pods.begin(), scene.saved_pods.end(), [&](const auto& saved) {
      return saved.second.meta.ns + "/" +
                 api::AnnotationOf(saved.second.meta, api::kSavedPodName) ==
             pod;
    });
  }

  Scene scene;
  api::ObjectMap<api::Pod> pods;  ///< of the whole cluster
  Fault fault = Fault::kNone;
  int fault_at = -1;  ///< which of the writes it meets
  int writes = 0;     ///< so far
  int evictions = 0;  ///< that took a living pod away
  int creations = 0;
  int grace = 2;      ///< seconds that a pod takes to end
  int start = 1;      ///< seconds that a pod takes to start
  bool lags = false;  ///< the watch of pods that were created again delivers nothing
  bool runs = true;   ///< pods that were created again start to run
  std::map<ActionKind, Outcome> refusals;
  std::vector<std::string> log;  ///< acts that were carried out

 private:
  bool Allowed(const Action& act) const {
    const auto answer = scene.results.find(KeyOf(act));
    return answer == scene.results.end() || answer->second.not_before <= scene.now.steady;
  }

  /// False when the controller died of it.
  bool WriteStatus(const Plan& plan) {
    const bool hit = writes++ == fault_at;
    if (hit && fault == Fault::kDiesBefore) {
      Die();
      return false;
    }
    scene.status() = plan.status;
    if (hit && fault == Fault::kDiesAfter) {
      Die();
      return false;
    }
    return true;
  }

  bool Send(const Action& act) {
    const bool hit = writes++ == fault_at;
    if (hit && fault == Fault::kDiesBefore) {
      Die();
      return false;
    }
    const Outcome verdict = Carry(act);
    Show();
    if (hit && fault == Fault::kDiesAfter) {
      Die();
      return false;
    }
    ActionResult answer;
    answer.outcome = hit && fault == Fault::kReplyLost ? Outcome::kUnknown : verdict;
    answer.not_before =
        scene.now.steady + std::chrono::seconds(verdict == Outcome::kAccepted ? 10 : 1);
    answer.since = scene.now.wall;
    answer.message = "the server says no";
    scene.results[KeyOf(act)] = answer;
    return true;
  }

  Outcome Carry(const Action& act) {
    if (const auto refusal = refusals.find(KeyOf(act).kind); refusal != refusals.end()) {
      return refusal->second;
    }
    log.push_back(Describe(act));
    if (const auto* evict = std::get_if<EvictPod>(&act)) {
      return Evict(*evict);
    }
    if (const auto* save = std::get_if<SavePodTemplate>(&act);
        save != nullptr && scene.saved_pods.contains(save->pod.ns + "/" + save->pod.name)) {
      return Outcome::kExists;
    }
    if (const auto* recreate = std::get_if<RecreatePod>(&act)) {
      return Create(*recreate);
    }
    Player player(scene);
    std::visit(player, act);
    return Outcome::kAccepted;
  }

  Outcome Evict(const EvictPod& act) {
    const auto pod = pods.find(act.ns + "/" + act.name);
    if (pod == pods.end() || pod->second.meta.uid != act.uid) {
      return Outcome::kGone;
    }
    if (!pod->second.meta.deleted) {
      evictions += pod->second.finished() ? 0 : 1;
      pod->second.meta.deleted = scene.now.wall + std::chrono::seconds(grace);
    }
    return Outcome::kAccepted;
  }

  Outcome Create(const RecreatePod& act) {
    if (pods.contains(act.ns + "/" + act.name)) {
      return Outcome::kExists;
    }
    ++creations;
    api::Pod pod = PodBuilder(act.name).In(act.ns).Alone().NeverStarted();
    pod.meta.uid = act.name + "-uid-" + std::to_string(creations);
    pod.meta.created = scene.now.wall;
    pod.meta.labels[std::string(api::kSavedPod)] = "true";
    pod.meta.annotations[std::string(api::kSavedPodUid)] = act.old_uid;
    pods[pod.meta.Key()] = pod;
    return Outcome::kAccepted;
  }

  /// Kubelets, the scheduler and those who upgrade nodes by hand.
  void Live() {
    scene.Pass(1);
    std::erase_if(pods, [&](const auto& entry) {
      return entry.second.meta.deleted && *entry.second.meta.deleted <= scene.now.wall;
    });
    for (auto& [key, pod] : pods) {
      const auto created = pod.meta.created.value_or(kStart);
      if (pod.phase != api::PodPhase::kPending || pod.meta.deleted || !runs) {
        continue;
      }
      for (const auto& [name, node] : scene.nodes) {
        if (pod.node_name.empty() && !node.unschedulable) {
          pod.node_name = name;
        }
      }
      if (!pod.node_name.empty() && scene.now.wall >= created + std::chrono::seconds(start)) {
        pod.phase = api::PodPhase::kRunning;
      }
    }
    for (api::NodeInWork& entry : scene.status().in_progress) {
      if (entry.step == api::NodeStep::kUpgrading) {
        scene.node(entry.name).kubelet_version = kNew;
      }
    }
    Show();
  }

  /// What watches deliver.
  void Show() {
    if (!lags) {
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
      if (!lags && pod.meta.labels.contains(api::kSavedPod)) {
        scene.recreated_pods[key] = pod;
      }
      scene.whole_pods[key][key] = {pod.meta, "{\"spec\":{}}"};
    }
  }
};

}  // namespace cu::planner
