#pragma once
#include <string>

#include "unit/planner/scene.hpp"

/// The server's and the cluster's reaction to acts, at once and without faults.
namespace cu::planner {

class Player {
 public:
  explicit Player(Scene& scene) : scene_(scene) {}

  void Do(const Act& act) {
    std::visit(*this, act);
    scene_.answers[KeyOf(act)] = {
        Verdict::kAccepted, 1, scene_.now.steady, scene_.now.wall, "", ""};
  }
  void Do(const std::vector<Act>& acts) {
    for (const Act& act : acts) {
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
  void operator()(const MarkNode& act) {
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
  void operator()(const DeletePod& act) { (*this)(EvictPod{act.ns, act.name, act.uid, {}, ""}); }
  void operator()(const SavePod& act) {
    api::SavedPod saved;
    saved.meta.ns = act.ns;
    saved.meta.name = act.name;
    saved.meta.uid = act.name + "-uid";
    saved.meta.labels[std::string(api::kSavedPod)] = "true";
    saved.meta.annotations = {{std::string(api::kJobUpgradeUid), act.upgrade_uid},
                              {std::string(api::kSavedPodName), act.pod},
                              {std::string(api::kSavedPodUid), act.pod_uid},
                              {std::string(api::kSavedPodNode), act.node}};
    saved.manifest = act.manifest;
    scene_.saved_pods[saved.meta.Key()] = saved;
  }
  void operator()(const RecreatePod& act) {
    api::Pod pod = PodBuilder(act.name).In(act.ns);
    pod.meta.uid = act.old_uid + "-again";
    pod.meta.annotations[std::string(api::kSavedPodUid)] = act.old_uid;
    scene_.recreated_pods[pod.meta.Key()] = pod;
  }
  void operator()(const ForgetPod& act) { scene_.saved_pods.erase(act.ns + "/" + act.name); }
  void operator()(const AskRight&) {}
  /// The Job with a running pod on its node.
  void operator()(const CreateJob& act) {
    if (act.dry_run) {
      return;
    }
    api::Job job;
    job.meta.ns = kJobNamespace;
    job.meta.name = act.name;
    job.meta.uid = act.name + "-uid";
    job.meta.created = scene_.now.wall;
    job.meta.annotations = {{std::string(api::kJobUpgradeUid), act.upgrade_uid},
                            {std::string(api::kJobNode), act.node},
                            {std::string(api::kJobVersion), act.version},
                            {std::string(api::kJobAttempt), std::to_string(act.attempt)}};
    job.active_deadline_seconds = act.active_deadline_seconds;
    scene_.Add(act.node,
               PodBuilder(act.name + "-pod")
                   .In(kJobNamespace)
                   .OwnedBy("Job", act.name)
                   .Label(std::string(api::kJobUpgrade), act.upgrade));
    scene_.jobs[job.meta.Key()] = job;
  }
  void operator()(const DeleteJob& act) {
    scene_.jobs.erase(std::string(kJobNamespace) + "/" + act.name);
    (*this)(EvictPod{kJobNamespace, act.name + "-pod", "", {}, ""});
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
