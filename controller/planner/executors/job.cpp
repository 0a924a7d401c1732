#include "planner/executors/job.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>

#include "base/time.hpp"
#include "planner/executors/job_pod.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/executors/missing_pod.hpp"
#include "planner/model/node_health.hpp"
#include "planner/model/patience.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

/// How long after the pod's grace the Job controller may need to end a Job that is killed.
constexpr auto kKilledWithin = std::chrono::seconds(60);
/// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
constexpr std::int64_t kDefaultGrace = 30;

/// By a person: our cordon was seen on it.
bool IsUncordoned(const NodeWork& work) {
  return work.marked() && !work.node().unschedulable;
}

std::chrono::seconds Timeout(const NodeWork& work) {
  return std::chrono::seconds(work.planning().spec().executor.timeout_seconds);
}

bool Overdue(NodeWork& work, base::WallTime since) {
  return work.Reached(since + Timeout(work));
}

/// Whether the node shows by itself that the attempt has done its work, whatever became of the Job.
/// Where the version was there before, only the reboot that is asked for can tell.
bool IsChanged(const NodeWork& work) {
  const Planning& planning = work.planning();
  if (planning.Reruns(work.entry)) {
    return planning.spec().verify.new_boot && work.node().boot_id != work.entry.boot_id;
  }
  return ShowsStage(
      planning, StageOf(work.entry), *planning.ViewOf(work.entry.name).scoped, work.entry.version);
}

bool OwesRest(const NodeWork& work) {
  return OwesRest(StageOf(work.entry), work.entry.node_changed);
}

/// The attempt has failed on a node that shows what it was to bring. Another one does the rest; in
/// service that may be the one on the next node, too.
AttemptVerdict FailedOnChangedNode(NodeWork& work, FailureCause cause) {
  if (!OwesRest(work)) {
    return AttemptVerdict::Done();
  }
  const bool left = work.entry.attempt < work.entry.attempt_limit;
  if (!work.planning().giving_back() && (left || work.marked())) {
    return AttemptVerdict::AttemptFailed(std::move(cause));
  }
  work.add.Warn(Finding::Warns(api::FindingType::kUpgradeNotFinished,
                               work.entry.name,
                               work.entry.name + " is at " + work.entry.version +
                                   ", but its last attempt did not finish: " + cause.message));
  return AttemptVerdict::Done();
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

/// Pods that were bound to the node while its drain ended leave before the program starts. Nothing
/// runs in one that has ended.
std::optional<AttemptVerdict> MoveLatePods(NodeWork& work, const NodePods& pods) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  const api::DrainSpec& drain = planning.spec().drain;
  std::vector<const PodPlan*> late;
  std::copy_if(
      pods.leaving.begin(), pods.leaving.end(), std::back_inserter(late), [](const PodPlan* plan) {
        return !plan->pod->finished();
      });
  if (entry.node_changed || !work.marked() || late.empty() ||
      !NeedsDrain(drain, entry.from_version, entry.version)) {
    return std::nullopt;
  }
  DrainRound round = NextEvictions(planning.world(), late, Means::kEvict);
  if (round.wake_at) {
    work.add.WakeAt(planning.WakeFor(*round.wake_at));
  }
  entry.message =
      "pod " + late.front()->pod->meta.Key() +
      " was bound to the node after its drain and is moved before the Job is created; " +
      DescribeDrain(entry, round.obstacles, late);
  const std::chrono::seconds timeout(drain.timeout_seconds);
  if (timeout.count() != 0 && work.Reached(entry.step_time + timeout)) {
    return AttemptVerdict::NodeFailed({FailureReason::kDrainTimeout, entry.message, false});
  }
  for (Action& action : round.actions) {
    work.add.Want(std::move(action));
  }
  return AttemptVerdict::AtWork();
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
  if (auto verdict = MoveLatePods(work, *work.pods())) {
    return *std::move(verdict);
  }
  Action action = CreateJob{JobOf(work.planning(), entry)};
  const ActionResult* result = work.planning().ResultOf(action);
  if (result != nullptr && result->outcome != Outcome::kAccepted) {
    const char* what = IsRefused(result) ? " was rejected: " : " could not be created yet: ";
    entry.message = "Job " + entry.job_name + what + result->message;
    if (result->outcome == Outcome::kInvalid || work.Reached(PatienceEnds(*result))) {
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
  if (IsChanged(work) && work.node().ready && !OwesRest(work)) {
    return AttemptVerdict::Done();
  }
  if (IsUncordoned(work) && !entry.node_changed) {
    return AttemptVerdict::Uncordoned();
  }
  if (planning.giving_back()) {
    return entry.node_changed
               ? AttemptVerdict::NodeFailed({FailureReason::kInterrupted, entry.message, true})
               : AttemptVerdict::GiveBack(WhyGivenBack(planning));
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
  const std::string why = work.Take(WhyNotReady(work.planning(), work.node()));
  return AttemptVerdict::NodeFailed(
      {FailureReason::kJobOverdue,
       name + " did not end in time; " + StateOfOverdue(*pod, killed) + "; " +
           (why.empty() ? "check its log" : why) +
           ", then retry: set the annotation clusterupgrade.io/retry to a new value",
       true});
}

/// Where no container has run the pod's own words say all; the Job's would only repeat that it has
/// failed.
FailureCause CauseOfFailure(const NodeWork& work, const api::Job& job, const api::Pod* pod) {
  const std::string name = "Job " + work.entry.job_name;
  const std::string why = pod == nullptr ? "" : WhyEnded(*pod);
  if (pod != nullptr && NeverRan(*pod)) {
    return {FailureReason::kJobNeverStarted,
            "no container of " + name + " started: its pod " + pod->meta.name + " failed" +
                (why.empty() ? "" : ": " + why),
            work.entry.node_changed};
  }
  return {FailureReason::kJobFailed,
          name + " failed: " + (why.empty() ? "" : why + "; ") + job.failure_reason +
              (job.failure_message.empty() ? "" : ", " + job.failure_message),
          true};
}

/// Whether more may come to be known of how its pod ended: the Job's watch may be ahead of that of
/// the pods.
bool AwaitsEndOfPod(NodeWork& work, const api::Job& job, const api::Pod* pod) {
  if (pod == nullptr && work.pods() != nullptr) {
    return !work.Reached(job.meta.created.value_or(work.entry.step_time) + kPodSeenWithin);
  }
  const bool open = pod == nullptr || (!pod->started && !pod->finished());
  return open && !work.Reached(KilledBy(work, job, pod));
}

AttemptVerdict JobHasFailed(NodeWork& work, const api::Job& job, const api::Pod* pod) {
  if (AwaitsEndOfPod(work, job, pod)) {
    work.entry.message = NameOfAttempt(work.entry) + " has failed; waiting for its pod to end";
    return AttemptVerdict::AtWork();
  }
  return AttemptVerdict::AttemptFailed(CauseOfFailure(work, job, pod));
}

AttemptVerdict FollowJob(NodeWork& work, const api::Job& job) {
  api::NodeInWork& entry = work.entry;
  const api::Pod* pod = PodOfJob(work, job);
  entry.node_changed = entry.node_changed || (pod != nullptr && pod->started);
  if (job.complete || (pod != nullptr && pod->phase == api::PodPhase::kSucceeded)) {
    return AttemptVerdict::Done();
  }
  if (job.failed && IsChanged(work)) {
    return FailedOnChangedNode(work, CauseOfFailure(work, job, pod));
  }
  if (job.failed) {
    return JobHasFailed(work, job, pod);
  }
  if (!IsBoundTo(job, entry.name)) {
    return AttemptVerdict::NodeFailed(
        {FailureReason::kJobNeverStarted,
         "Job " + entry.job_name +
             " was changed when it was created: its pod may run on another node, because "
             "spec.nodeName and the node affinity of its template are gone; it is deleted; check "
             "the mutating webhooks for Jobs",
         entry.node_changed});
  }
  if (Overdue(work, job.meta.created.value_or(entry.step_time))) {
    return JobIsOverdue(work, job, pod);
  }
  if (pod == nullptr && work.pods() != nullptr) {
    return AwaitPod(work, job);
  }
  work.memory.pod_missing.reset();
  if (const std::string why = work.Take(WhyNotReady(work.planning(), work.node())); !why.empty()) {
    entry.message = NameOfAttempt(entry) + " has not ended; " + why;
    return AttemptVerdict::AtWork();
  }
  entry.message =
      NameOfAttempt(entry) +
      (pod == nullptr ? " is active; waiting for its pods to be listed" : " " + StateOf(*pod));
  return AttemptVerdict::AtWork();
}

/// No Job was seen for this attempt yet.
AttemptVerdict StartJob(NodeWork& work) {
  const Planning& planning = work.planning();
  if (IsUncordoned(work) && !work.entry.node_changed) {
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
  if (IsChanged(work) && !OwesRest(work)) {
    return AttemptVerdict::Done();
  }
  if (entry.job_uid.empty()) {
    return StartJob(work);
  }
  if (!work.planning().world().current) {
    return AttemptVerdict::AtWork();
  }
  FailureCause lost{
      FailureReason::kJobLost, "Job " + entry.job_name + " was deleted before it finished", true};
  return IsChanged(work) ? FailedOnChangedNode(work, std::move(lost))
                         : AttemptVerdict::AttemptFailed(std::move(lost));
}

/// Its name changes with the spec, so that another template is judged at once.
std::vector<Action> JobExecutor::Rehearse(const Planning& planning, const api::NodeInWork& work) {
  api::NodeInWork entry = work;
  entry.job_name = "cu-preflight-" + planning.spec().fingerprint;
  const api::JobRequest job = JobOf(planning, entry);
  return {CreateJob{job, true}, RehearsePod{job, ""}};
}

}  // namespace cu::planner
