#include "planner/executors/image_pull.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "api/labels.hpp"
#include "api/names.hpp"
#include "base/check.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "planner/executors/job_pod.hpp"
#include "planner/executors/jobs.hpp"

namespace cu::planner {
namespace {

constexpr auto kImageMayCome = std::chrono::minutes(5);
constexpr auto kAtMost = std::chrono::minutes(15);
/// For the Job controller, which may be restarted with its control-plane node.
constexpr auto kPodIsDue = std::chrono::seconds(60);

constexpr const char* kPulling = "pulling the executor's images";

using Kind = ImagePull::Kind;

/// Another one for each spec, and for each time that the node is begun anew.
std::string NameOfPull(const Planning& planning, const api::NodeInWork& entry) {
  const std::string facts = planning.upgrade().meta.uid + "\n" + entry.uid + "\n" + entry.version +
                            "\n" + NameOf(entry.stage) + "\n" + planning.spec().fingerprint + "\n" +
                            base::FormatTime(entry.start_time);
  return NameForNode("cu-pull-", entry.name, facts);
}

api::JobRequest PullFor(const Planning& planning, const api::NodeInWork& entry) {
  api::JobRequest job = JobOf(planning, entry);
  job.name = NameOfPull(planning, entry);
  job.attempt = 0;
  job.pulls_images = true;
  job.active_deadline_seconds = static_cast<int>(std::chrono::seconds(kAtMost).count());
  return job;
}

ImagePull Begin(NodeWork& work) {
  const Action create = CreateJob{PullFor(work.planning(), work.entry)};
  const ActionResult* result = work.planning().ResultOf(create);
  if (IsRefused(result)) {
    return {Kind::kGivenUp, "the API server rejects the Job that pulls them: " + result->message};
  }
  if (work.Reached(work.entry.step_time + kAtMost)) {
    return {Kind::kGivenUp, "the Job that pulls them was not there for 15 min"};
  }
  work.add.Want(create);
  return {Kind::kGoesOn, kPulling};
}

/// No container of it was ever made: the kubelet did not admit it, or it was killed before.
bool SaysNothingOfImages(const api::Pod& pod) {
  return pod.phase == api::PodPhase::kFailed && !pod.failure;
}

/// Nobody can cure it by waiting (kubernetes/kubernetes pkg/kubelet/images/types.go).
bool IsFinal(const std::string& problem) {
  return problem.starts_with("InvalidImageName") || problem.starts_with("ErrImageNeverPull");
}

ImagePull AwaitImage(NodeWork& work, const api::Pod& pod) {
  if (IsFinal(pod.problem) || work.Reached(work.entry.step_time + kImageMayCome)) {
    return {Kind::kFailed,
            "the executor's image cannot be pulled: " + pod.problem + "; nothing was changed"};
  }
  return {Kind::kGoesOn, "the executor's image cannot be pulled yet: " + pod.problem};
}

ImagePull AwaitPodOf(NodeWork& work, const api::Job& job) {
  const base::WallTime created = job.meta.created.value_or(work.entry.step_time);
  if (job.failed && work.Reached(created + kPodSeenWithin)) {
    return {Kind::kGivenUp, "the Job that pulls them failed: " + job.failure_reason};
  }
  if (work.Reached(created + kPodIsDue)) {
    return {Kind::kGivenUp,
            "the Job that pulls them has no pod; see the events of " + job.meta.name};
  }
  return {Kind::kGoesOn, kPulling};
}

ImagePull Follow(NodeWork& work, const api::Job& job) {
  if (job.complete) {
    return {Kind::kOver};
  }
  const api::Pod* pod = PodOfJob(work, job);
  if (pod == nullptr) {
    return AwaitPodOf(work, job);
  }
  if (pod->lacks_image) {
    return AwaitImage(work, *pod);
  }
  if (pod->finished() && SaysNothingOfImages(*pod)) {
    return {Kind::kGivenUp, "the pod that pulls them failed: " + WhyEnded(*pod)};
  }
  // A container that cannot be created has its image.
  if (pod->finished() || !pod->problem.empty()) {
    return {Kind::kOver};
  }
  if (work.Reached(work.entry.step_time + kAtMost)) {
    return {Kind::kGivenUp, "it was not over after 15 min"};
  }
  return {Kind::kGoesOn, kPulling};
}

}  // namespace

ImagePull PullImages(NodeWork& work) {
  CU_CHECK(work.pods() != nullptr);
  const Planning& planning = work.planning();
  const api::Job* job = FindJob(planning, NameOfPull(planning, work.entry));
  return job == nullptr ? Begin(work) : Follow(work, *job);
}

std::vector<Action> DeleteIdlePulls(const Planning& planning) {
  std::set<std::string> wanted;
  for (const api::NodeInWork& entry : planning.status().in_progress) {
    if (entry.step == api::NodeStep::kPulling) {
      wanted.insert(NameOfPull(planning, entry));
    }
  }
  std::vector<Action> actions;
  for (const auto& [key, job] : *planning.world().jobs) {
    if (job.meta.labels.contains(api::kJobPullsImages) && !wanted.contains(job.meta.name)) {
      actions.emplace_back(DeleteJob{job.meta.name, job.meta.uid});
    }
  }
  return actions;
}

}  // namespace cu::planner
