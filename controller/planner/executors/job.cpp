#include "planner/executors/job.hpp"

#include <chrono>
#include <cstdint>

#include "base/time.hpp"
#include "planner/executors/jobs.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

/// How long after the pod's grace the Job controller may need to end a Job that is killed.
constexpr auto kKilledWithin = std::chrono::seconds(60);
/// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
constexpr std::int64_t kDefaultGrace = 30;

std::chrono::seconds Timeout(const NodeWork& work) {
  return std::chrono::seconds(work.planning().spec().executor.timeout_seconds);
}

bool Overdue(NodeWork& work, base::WallTime since) {
  return work.Reached(since + Timeout(work));
}

/// The Job's pod on this node, or null.
const api::Pod* PodOfJob(const NodeWork& work, const api::Job& job) {
  if (work.pods() == nullptr) {
    return nullptr;
  }
  for (const auto& [key, pod] : *work.pods()->all) {
    if (pod.meta.controller && pod.meta.controller->uid == job.meta.uid) {
      return &pod;
    }
  }
  return nullptr;
}

AttemptVerdict StopBeforeJob(const NodeWork& work, const std::string& why) {
  if (work.entry.node_changed) {
    return AttemptVerdict::NodeFailed(
        {FailureReason::kInterrupted, why + " after a failed attempt; check the node", true});
  }
  return AttemptVerdict::GiveBack(why);
}

/// No attempt goes back: neither of ours, whose program brings another version than asked for, nor
/// after a person who has upgraded the node meanwhile.
AttemptVerdict StopAtNewer(const NodeWork& work) {
  const std::string& version = work.node().kubelet_version;
  const std::string where = "it is at " + version + ", newer than " + work.entry.version;
  if (work.entry.node_changed) {
    return AttemptVerdict::NodeFailed({FailureReason::kWrongVersion,
                                       where +
                                           "; downgrades are not supported: set spec.version to " +
                                           version + ", or replace the node",
                                       true});
  }
  return AttemptVerdict::GiveBack(where);
}

/// True while an upgrade Job or its pod is still on the node.
bool WaitsForOtherJob(NodeWork& work, const NodePods& pods) {
  const api::Job* other =
      UnfinishedJobBeside(*work.planning().world().jobs, work.entry.name, work.entry.job_name);
  if (other != nullptr) {
    work.entry.message = "waiting for Job " + other->meta.name + " to end";
    return true;
  }
  if (const api::Pod* live = LiveJobPod(work.planning(), pods)) {
    work.entry.message = "waiting for pod " + live->meta.Key() + " to end";
    return true;
  }
  return false;
}

AttemptVerdict CreateTheJob(NodeWork& work) {
  api::NodeInWork& entry = work.entry;
  if (work.pods() == nullptr) {
    entry.message = "waiting for its pods to be listed";
    return AttemptVerdict::AtWork();
  }
  if (WaitsForOtherJob(work, *work.pods())) {
    return AttemptVerdict::AtWork();
  }
  Action action = CreateJob{JobOf(work.planning(), entry)};
  const ActionResult* result = work.planning().ResultOf(action);
  if (result != nullptr && result->outcome != Outcome::kAccepted) {
    const char* what = IsRefused(result) ? " was rejected: " : " could not be created yet: ";
    entry.message = "Job " + entry.job_name + what + result->message;
    // One that exists and is never seen is none of ours.
    const bool refused = IsRefused(result) || result->outcome == Outcome::kExists;
    // A refusal may be a quota or a webhook that passes; a lost answer is no refusal.
    if (result->outcome == Outcome::kInvalid || (refused && Overdue(work, result->since))) {
      return AttemptVerdict::NodeFailed(
          {FailureReason::kJobRefused, entry.message, entry.node_changed});
    }
  }
  work.add.Want(std::move(action));
  return AttemptVerdict::AtWork();
}

AttemptVerdict WaitForRetry(NodeWork& work) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  if (work.node().kubelet_version == entry.version && work.node().ready) {
    return AttemptVerdict::Done();
  }
  if (planning.giving_back()) {
    return AttemptVerdict::NodeFailed({FailureReason::kInterrupted, entry.message, true});
  }
  if (planning.paused()) {
    return AttemptVerdict::AtWork();
  }
  if (planning.world().now.wall < *entry.retry_time) {
    work.add.WakeAt(planning.WakeFor(*entry.retry_time));
    return AttemptVerdict::AtWork();
  }
  if (work.pods() == nullptr) {
    return AttemptVerdict::AtWork();
  }
  const api::Pod* live = LiveJobPod(planning, *work.pods());
  if (live == nullptr) {
    return AttemptVerdict::NextAttempt();
  }
  const std::string attempt = "attempt " + std::to_string(entry.attempt);
  if (Overdue(work, *entry.retry_time)) {
    return AttemptVerdict::NodeFailed(
        {FailureReason::kJobOverdue,
         "pod " + live->meta.Key() + " of " + attempt + " did not end in time; check the node",
         true});
  }
  entry.message =
      attempt + " failed; the next attempt waits for pod " + live->meta.Key() + " to end";
  return AttemptVerdict::AtWork();
}

/// When a Job that is killed after its time has ended at the latest.
base::WallTime KilledBy(const NodeWork& work, const api::Job& job, const api::Pod* pod) {
  const std::int64_t grace =
      pod == nullptr ? kDefaultGrace : pod->grace_seconds.value_or(kDefaultGrace);
  return job.meta.created.value_or(work.entry.step_time) + Timeout(work) + kKilledWithin +
         std::chrono::seconds(grace);
}

std::string StateOfOverdue(const api::Pod& pod, bool killed) {
  if (killed) {
    return "it should have been killed but has not ended";
  }
  return pod.started ? "it was left running"
                     : "whether it still runs is unknown because the node is not Ready";
}

AttemptVerdict JobIsOverdue(NodeWork& work, const api::Job& job, const api::Pod* pod) {
  api::NodeInWork& entry = work.entry;
  if (work.pods() == nullptr) {
    return AttemptVerdict::AtWork();
  }
  const std::string name = "Job " + entry.job_name;
  // A kubelet that went down may have started it and not said so.
  const bool waits = pod != nullptr && !pod->started && work.node().ready;
  const bool killed = job.active_deadline_seconds.has_value();
  if (killed && !waits && !work.Reached(KilledBy(work, job, pod))) {
    entry.message = name + " did not end in time; it is being killed";
    return AttemptVerdict::AtWork();
  }
  if (pod == nullptr || waits) {
    const std::string why = pod == nullptr || pod->problem.empty() ? "" : ": " + pod->problem;
    return AttemptVerdict::NodeFailed({FailureReason::kJobNeverStarted,
                                       "no container of " + name + " started in time" + why,
                                       entry.node_changed});
  }
  return AttemptVerdict::NodeFailed(
      {FailureReason::kJobOverdue,
       name + " did not end in time; " + StateOfOverdue(*pod, killed) +
           "; check its log, then retry: set the annotation clusterupgrade.io/retry to a new value",
       true});
}

AttemptVerdict FollowJob(NodeWork& work, const api::Job& job) {
  api::NodeInWork& entry = work.entry;
  const api::Pod* pod = PodOfJob(work, job);
  entry.node_changed = entry.node_changed || (pod != nullptr && pod->started);
  const bool succeeded =
      job.complete || (pod != nullptr && pod->phase == api::PodPhase::kSucceeded);
  if (succeeded || (job.failed && work.node().kubelet_version == entry.version)) {
    return AttemptVerdict::Done();
  }
  if (job.failed) {
    return AttemptVerdict::AttemptFailed(
        {FailureReason::kJobFailed,
         "Job " + entry.job_name + " failed: " + job.failure_reason +
             (job.failure_message.empty() ? "" : ", " + job.failure_message),
         true});
  }
  if (Overdue(work, job.meta.created.value_or(entry.step_time))) {
    return JobIsOverdue(work, job, pod);
  }
  entry.message = "Job " + entry.job_name + " is active, attempt " + std::to_string(entry.attempt);
  if (pod != nullptr && !pod->problem.empty()) {
    entry.message += "; its pod is waiting: " + pod->problem;
  }
  return AttemptVerdict::AtWork();
}

/// No Job was seen for this attempt yet.
AttemptVerdict StartJob(NodeWork& work) {
  const Planning& planning = work.planning();
  const bool uncordoned = work.marked() && !work.node().unschedulable;
  if (uncordoned && !work.entry.node_changed) {
    return AttemptVerdict::Uncordoned();
  }
  if (planning.giving_back()) {
    return StopBeforeJob(work, WhyGivenBack(planning));
  }
  if (const Skip* skip = planning.ViewOf(work.entry.name).skip) {
    return StopBeforeJob(work, skip->text);
  }
  if (IsNewer(work.node().kubelet_version, work.entry.version)) {
    return StopAtNewer(work);
  }
  if (planning.paused()) {
    work.entry.message = "paused before its Job was created";
    return AttemptVerdict::AtWork();
  }
  return CreateTheJob(work);
}

}  // namespace

std::string JobExecutor::NameJob(const Planning& planning, const api::NodeInWork& entry) {
  return JobName(planning, entry);
}

AttemptVerdict JobExecutor::Look(NodeWork& work) {
  api::NodeInWork& entry = work.entry;
  if (entry.retry_time) {
    return WaitForRetry(work);
  }
  const api::Job* job = FindJob(work.planning(), entry.job_name);
  if (job != nullptr && entry.job_uid.empty()) {
    entry.job_uid = job->meta.uid;
  }
  if (job != nullptr && job->meta.uid == entry.job_uid) {
    return FollowJob(work, *job);
  }
  if (work.node().kubelet_version == entry.version) {
    return AttemptVerdict::Done();
  }
  if (entry.job_uid.empty()) {
    return StartJob(work);
  }
  if (!work.planning().world().current) {
    return AttemptVerdict::AtWork();
  }
  return AttemptVerdict::AttemptFailed(
      {FailureReason::kJobLost, "Job " + entry.job_name + " was deleted before it finished", true});
}

/// Its name changes with the spec, so that another template is judged at once.
std::optional<Action> JobExecutor::Rehearse(const Planning& planning, const api::NodeInWork& work) {
  api::NodeInWork entry = work;
  entry.job_name = "cu-preflight-" + planning.spec().fingerprint;
  return CreateJob{JobOf(planning, entry), true};
}

}  // namespace cu::planner
