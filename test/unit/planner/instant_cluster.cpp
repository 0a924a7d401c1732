#include "unit/planner/instant_cluster.hpp"

#include <string_view>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

namespace cu::planner {
namespace {

constexpr int kRoundsMax = 300;

void SetOrErase(api::StringMap& map, std::string_view key, const std::string& value) {
  if (value.empty()) {
    map.erase(std::string(key));
  } else {
    map[std::string(key)] = value;
  }
}

std::string KeyOfJob(const std::string& name) {
  return std::string(kJobNamespace) + "/" + name;
}

std::string KeyOfJobPod(const std::string& job) {
  return KeyOfJob(job) + "-pod";
}

/// What each action does to the objects of the scene.
struct CarriesOut {
  void operator()(const CordonNode& action) const {
    if (action.dry_run) {
      return;
    }
    api::Node& node = scene.node(action.node);
    node.unschedulable = true;
    SetOrErase(node.meta.annotations, api::kCordonedBy, action.cordoned_by);
    SetOrErase(node.meta.annotations, api::kDesiredVersion, action.desired_version);
  }
  void operator()(const ReleaseNode& action) const {
    api::Node& node = scene.node(action.node);
    SetOrErase(node.meta.annotations, api::kCordonedBy, "");
    SetOrErase(node.meta.annotations, api::kDesiredVersion, "");
    node.unschedulable = cordoned_by_users.contains(action.node);
  }
  void operator()(const SetNodeHints& action) const {
    api::Node& node = scene.node(action.node);
    const std::string label(api::kExcludeFromLoadBalancers);
    SetOrErase(
        node.meta.annotations, api::kScaleDownDisabled, action.disable_scale_down ? "true" : "");
    SetOrErase(node.meta.annotations, api::kDoNotDisrupt, action.do_not_disrupt ? "true" : "");
    const auto shown = node.meta.labels.find(label);
    const bool ours = shown != node.meta.labels.end() && shown->second.empty();
    if (action.exclude_from_load_balancers) {
      node.meta.labels[label] = "";
    } else if (ours) {
      node.meta.labels.erase(shown);
    }
  }
  void operator()(const SetOutdatedTaint& action) const {
    auto& taints = scene.node(action.node).taints;
    if (action.at) {
      taints.erase(taints.begin() + static_cast<std::ptrdiff_t>(*action.at));
    } else {
      taints.push_back(
          {std::string(api::kOutdated), action.owner, std::string(api::kPreferNoSchedule)});
    }
  }
  void operator()(const MarkRun& action) const {
    SetOrErase(scene.node(action.node).meta.annotations, api::kRunId, action.run_id);
  }
  void operator()(const EvictPod& action) const { RemovePod(action.ns + "/" + action.name); }
  void operator()(const DeletePod& action) const { RemovePod(action.ns + "/" + action.name); }
  void operator()(const SavePodTemplate& action) const {
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
    saved.digest = api::DigestOf(pod);
    scene.saved_pods[saved.meta.Key()] = saved;
  }
  void operator()(const RecreatePod& action) const {
    api::Pod pod = PodBuilder(action.name).In(action.ns);
    pod.meta.uid = action.old_uid + "-again";
    pod.meta.annotations[std::string(api::kSavedPodUid)] = action.old_uid;
    scene.recreated_pods[pod.meta.Key()] = pod;
  }
  void operator()(const DeletePodTemplate& action) const {
    scene.saved_pods.erase(action.ns + "/" + action.name);
  }
  void operator()(const RestartWorkload& action) const {
    scene.deployments.at(action.workload.Key()).restarted = action.at;
  }
  void operator()(const CheckAccess&) const {}
  /// Its pod has no image yet.
  void Pull(const api::JobRequest& request) const {
    api::Job job = PullingJob(request.name, request.node);
    job.meta.created = scene.now.wall;
    job.active_deadline_seconds = request.active_deadline_seconds;
    scene.Add(request.node, UpgradeJobPod(request.name).NeverStarted(""));
    scene.Add(job);
  }
  /// The Job with a running pod on its node.
  void operator()(const CreateJob& action) const {
    if (action.dry_run) {
      return;
    }
    const api::JobRequest& request = action.job;
    if (request.pulls_images) {
      return Pull(request);
    }
    api::Job job = UpgradeJob(request.name, request.node);
    job.meta.created = scene.now.wall;
    job.meta.annotations[std::string(api::kJobUpgradeUid)] = request.upgrade_uid;
    job.meta.annotations[std::string(api::kJobVersion)] = request.version;
    job.meta.annotations[std::string(api::kJobStage)] = NameOf(request.stage);
    job.meta.annotations[std::string(api::kJobAttempt)] = std::to_string(request.attempt);
    job.active_deadline_seconds = request.active_deadline_seconds;
    scene.Add(request.node, UpgradeJobPod(request.name));
    scene.Add(job);
  }
  void operator()(const RehearsePod&) const {}
  void operator()(const DeleteJob& action) const {
    scene.jobs.erase(KeyOfJob(action.name));
    RemovePod(KeyOfJobPod(action.name));
  }
  void operator()(const ExpireJob& action) const {
    const auto job = scene.jobs.find(KeyOfJob(action.name));
    if (job != scene.jobs.end()) {
      job->second.ttl_seconds = action.ttl_seconds;
    }
  }
  void operator()(const SetFinalizer& action) const {
    scene.upgrade().meta.finalizers = action.wanted;
  }

  void RemovePod(const std::string& key) const {
    for (auto& [node, pods] : scene.pods) {
      pods.erase(key);
    }
  }

  Scene& scene;
  const std::set<std::string>& cordoned_by_users;
};

}  // namespace

void InstantCluster::CarryOut(const Action& action) {
  std::visit(CarriesOut{scene_, cordoned_by_users}, action);
}

void InstantCluster::Apply(const Action& action) {
  CarryOut(action);
  scene_.Answer(action, Outcome::kAccepted);
}

void InstantCluster::Apply(const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    Apply(action);
  }
}

void InstantCluster::CompleteJob(const std::string& name) {
  scene_.jobs.at(KeyOfJob(name)).complete = true;
  EndJob(name, api::PodPhase::kSucceeded);
}

void InstantCluster::FailJob(const std::string& name) {
  api::Job& job = scene_.jobs.at(KeyOfJob(name));
  job.failed = true;
  job.failure_reason = "BackoffLimitExceeded";
  EndJob(name, api::PodPhase::kFailed);
}

void InstantCluster::EndJob(const std::string& name, api::PodPhase phase) {
  for (auto& [node, pods] : scene_.pods) {
    const auto pod = pods.find(KeyOfJobPod(name));
    if (pod != pods.end()) {
      pod->second.phase = phase;
      pod->second.ready = false;
      pod->second.running = false;
    }
  }
}

void InstantCluster::Run() {
  for (int round = 0; round < kRoundsMax; ++round) {
    const Scene before = scene_;
    Apply(scene_.Settle().actions);
    scene_.Settle();
    if (before.nodes == scene_.nodes && before.jobs == scene_.jobs && before.pods == scene_.pods &&
        before.upgrades == scene_.upgrades) {
      return;
    }
  }
  FAIL("never comes to rest: " << scene_.Conditions());
}

void InstantCluster::RunTo(const std::string& node, const std::string& step) {
  for (int round = 0; round < kRoundsMax && scene_.StepOf(node) != step; ++round) {
    const Plan plan = scene_.Look();
    if (!scene_.Adopt(plan)) {
      Apply(plan.actions);
    }
  }
  INFO(scene_.Conditions() << ": " << scene_.MessageOf("Ready"));
  REQUIRE(scene_.StepOf(node) == step);
}

}  // namespace cu::planner
