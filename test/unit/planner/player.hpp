#pragma once
#include <string>

#include "unit/planner/scene.hpp"

/// The server's and the cluster's reaction to acts, at once and without faults.
namespace cu::planner {

class Player {
 public:
  explicit Player(Scene& scene) : scene_(scene) {}

  void Do(const Action& act) {
    std::visit(*this, act);
    scene_.results[KeyOf(act)] = {
        Outcome::kAccepted, 1, scene_.now.steady, scene_.now.wall, "", {}};
  }
  void Do(const std::vector<Action>& acts) {
    for (const Action& act : acts) {
      Do(act);
    }
  }

  void operator()(const CordonNode& act) {
    api::Node& node = scene_.node(act.node);
    node.unschedulable = true;
    SetOrErase(node.meta.annotations, api::kCordonedBy, act.cordoned_by);
    SetOrErase(node.meta.annotations, api::kDesiredVersion, act.desired_version);
  }
  void operator()(const ReleaseNode& act) {
    api::Node& node = scene_.node(act.node);
    node.meta.annotations.erase(std::string(api::kCordonedBy));
    node.meta.annotations.erase(std::string(api::kDesiredVersion));
    if (!humans.contains(act.node)) {
      node.unschedulable = false;
    }
  }
  void operator()(const SetNodeHints& act) {
    api::Node& node = scene_.node(act.node);
    const std::string label(api::kExcludeFromLoadBalancers);
    SetOrErase(
        node.meta.annotations, api::kScaleDownDisabled, act.disable_scale_down ? "true" : "");
    SetOrErase(node.meta.annotations, api::kDoNotDisrupt, act.do_not_disrupt ? "true" : "");
    const auto shown = node.meta.labels.find(label);
    const bool ours = shown != node.meta.labels.end() && shown->second.empty();
    if (act.exclude_from_load_balancers) {
      node.meta.labels[label] = "";
    } else if (ours) {
      node.meta.labels.erase(shown);
    }
  }
  void operator()(const EvictPod& act) {
    for (auto& [node, pods] : scene_.pods) {
      pods.erase(act.ns + "/" + act.name);
    }
  }
  void operator()(const DeletePod& act) { (*this)(EvictPod{act.ns, act.name, act.uid, {}, {}}); }
  void operator()(const SavePodTemplate& action) {
    const api::PodToSave& pod = action.pod;
    api::SavedPod saved;
    saved.meta.ns = pod.ns;
    saved.meta.name = pod.name;
    saved.meta.uid = pod.name + "-uid";
    saved.meta.labels[std::string(api::kSavedPod)] = "true";
    saved.meta.annotations = {{std::string(api::kJobUpgradeUid), pod.upgrade_uid},
                              {std::string(api::kSavedPodName), pod.pod},
                              {std::string(api::kSavedPodUid), pod.pod_uid},
                              {std::string(api::kSavedPodNode), pod.node}};
    saved.manifest = pod.manifest;
    scene_.saved_pods[saved.meta.Key()] = saved;
  }
  void operator()(const RecreatePod& act) {
    api::Pod pod = PodBuilder(act.name).In(act.ns);
    pod.meta.uid = act.old_uid + "-again";
    pod.meta.annotations[std::string(api::kSavedPodUid)] = act.old_uid;
    scene_.recreated_pods[pod.meta.Key()] = pod;
  }
  void operator()(const DeletePodTemplate& act) {
    scene_.saved_pods.erase(act.ns + "/" + act.name);
  }
  void operator()(const CheckAccess&) {}
  /// The Job with a running pod on its node.
  void operator()(const CreateJob& action) {
    if (action.dry_run) {
      return;
    }
    const api::JobRequest& request = action.job;
    api::Job job;
    job.meta.ns = kJobNamespace;
    job.meta.name = request.name;
    job.meta.uid = request.name + "-uid";
    job.meta.created = scene_.now.wall;
    job.meta.annotations = {{std::string(api::kJobUpgradeUid), request.upgrade_uid},
                            {std::string(api::kJobNode), request.node},
                            {std::string(api::kJobVersion), request.version},
                            {std::string(api::kJobAttempt), std::to_string(request.attempt)}};
    job.active_deadline_seconds = request.active_deadline_seconds;
    scene_.Add(request.node,
               PodBuilder(request.name + "-pod")
                   .In(kJobNamespace)
                   .OwnedBy("Job", request.name)
                   .Label(std::string(api::kJobUpgrade), request.upgrade));
    scene_.jobs[job.meta.Key()] = job;
  }
  void operator()(const DeleteJob& act) {
    scene_.jobs.erase(std::string(kJobNamespace) + "/" + act.name);
    (*this)(EvictPod{kJobNamespace, act.name + "-pod", "", {}, {}});
  }
  void operator()(const ExpireJob& act) {
    const auto job = scene_.jobs.find(std::string(kJobNamespace) + "/" + act.name);
    if (job != scene_.jobs.end()) {
      job->second.ttl_seconds = act.ttl_seconds;
    }
  }
  void operator()(const SetFinalizer& act) { scene_.upgrade().meta.finalizers = act.wanted; }

  /// The Job ends; its pod ends with it.
  void EndJob(const std::string& name, bool well) {
    api::Job& job = scene_.jobs.at(std::string(kJobNamespace) + "/" + name);
    job.complete = well;
    job.failed = !well;
    job.failure_reason = well ? "" : "BackoffLimitExceeded";
    for (auto& [node, pods] : scene_.pods) {
      const auto pod = pods.find(std::string(kJobNamespace) + "/" + name + "-pod");
      if (pod != pods.end()) {
        pod->second.phase = well ? api::PodPhase::kSucceeded : api::PodPhase::kFailed;
        pod->second.ready = false;
      }
    }
  }

  /// Does what plans want until they want nothing new, up to the moment that only the outside
  /// world (a Job, a kubelet, time) can move on.
  void Run() {
    constexpr int kRoundsMax = 300;
    for (int round = 0; round < kRoundsMax; ++round) {
      const Scene before = scene_;
      Do(scene_.Settle().actions);
      scene_.Settle();
      if (before.nodes == scene_.nodes && before.jobs == scene_.jobs &&
          before.pods == scene_.pods && before.upgrades == scene_.upgrades) {
        return;
      }
    }
    FAIL("never comes to rest: " << scene_.Conditions());
  }
  /// Run() up to a step of one node, or until nothing moves.
  void RunTo(const std::string& node, const std::string& step) {
    constexpr int kRoundsMax = 300;
    for (int round = 0; round < kRoundsMax && scene_.StepOf(node) != step; ++round) {
      const Plan plan = scene_.Look();
      if (!scene_.Adopt(plan)) {
        Do(plan.actions);
      }
    }
    INFO(scene_.Conditions() << ": " << scene_.MessageOf("Ready"));
    REQUIRE(scene_.StepOf(node) == step);
  }

  std::set<std::string> humans;  ///< nodes that a person has cordoned

 private:
  static void SetOrErase(api::StringMap& map, std::string_view key, const std::string& value) {
    if (value.empty()) {
      map.erase(std::string(key));
    } else {
      map[std::string(key)] = value;
    }
  }

  Scene& scene_;
};

}  // namespace cu::planner
