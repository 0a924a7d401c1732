#include <chrono>
#include <cstdint>

#include "api/marks.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

/// How long after the pod's grace the Job controller may need to end a Job that is killed.
constexpr auto kKilledWithin = std::chrono::seconds(60);
/// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
constexpr std::int64_t kDefaultGrace = 30;

std::chrono::seconds Deadline(const Planning& planning) {
  return std::chrono::seconds(planning.spec().executor.timeout_seconds);
}

bool Overdue(Planning& planning, base::WallTime since) {
  return planning.Passed(since + Deadline(planning));
}

/// The Job's pod on this node, or null.
const api::Pod* PodOfJob(const Planning& planning,
                         const api::NodeInWork& entry,
                         const api::Job& job) {
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  if (pods == nullptr) {
    return nullptr;
  }
  for (const auto& [key, pod] : *pods) {
    if (pod.meta.controller && pod.meta.controller->uid == job.meta.uid) {
      return &pod;
    }
  }
  return nullptr;
}

Outcome StopBeforeJob(Planning& planning, api::NodeInWork& entry, const std::string& why) {
  if (entry.node_changed) {
    return Fail(planning,
                entry,
                {FailureReason::kInterrupted,
                 why + " after a failed attempt; look at the node by hand",
                 true});
  }
  GiveBack(planning, entry, why);
  return Outcome::kInWork;
}

/// No attempt goes back: neither of ours, whose program brings another version than asked for, nor
/// after a person who has upgraded the node meanwhile.
Outcome StopAtNewer(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  const std::string where = "it is at " + node.kubelet_version + ", newer than " + entry.version;
  if (entry.node_changed) {
    return Fail(planning,
                entry,
                {FailureReason::kWrongVersion,
                 where + "; Kubernetes does not go back: set spec.version to " +
                     node.kubelet_version + ", or replace the node",
                 true});
  }
  GiveBack(planning, entry, where);
  return Outcome::kInWork;
}

Outcome CreateTheJob(Planning& planning, api::NodeInWork& entry) {
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  if (pods == nullptr) {
    entry.message = "waiting for the list of its pods";
    return Outcome::kInWork;
  }
  const api::Job* other = UnfinishedJobBeside(*planning.world().jobs, entry.name, entry.job_name);
  const api::Pod* live = LiveJobPod(planning, *pods);
  if (other != nullptr || live != nullptr) {
    entry.message = other != nullptr ? "waiting for Job " + other->meta.name + " to end"
                                     : "waiting for pod " + live->meta.Key() + " to end";
    return Outcome::kInWork;
  }
  Act act = JobOf(planning, entry);
  const Answer* answer = planning.AnswerTo(act);
  if (answer != nullptr && answer->verdict != Verdict::kAccepted) {
    const char* what = Refused(answer) ? " was refused: " : " could not be created yet: ";
    entry.message = "Job " + entry.job_name + what + answer->message;
    // One that exists and is never seen is none of ours.
    const bool refused = Refused(answer) || answer->verdict == Verdict::kExists;
    // A refusal may be a quota or a webhook that comes to its senses; what is no answer is none.
    if (answer->verdict == Verdict::kInvalid || (refused && Overdue(planning, answer->since))) {
      return Fail(planning, entry, {FailureReason::kJobRefused, entry.message, entry.node_changed});
    }
  }
  planning.Want(std::move(act));
  return Outcome::kInWork;
}

Outcome WaitForRetry(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (node.kubelet_version == entry.version && node.ready) {
    MoveTo(planning, entry, api::NodeStep::kVerifying);
    return Outcome::kInWork;
  }
  if (planning.giving_back()) {
    return Fail(planning, entry, {FailureReason::kInterrupted, entry.message, true});
  }
  if (planning.paused()) {
    return Outcome::kInWork;
  }
  if (planning.world().now.wall < *entry.retry_time) {
    planning.LookAt(*entry.retry_time);
    return Outcome::kInWork;
  }
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  const api::Pod* live = pods == nullptr ? nullptr : LiveJobPod(planning, *pods);
  if (live != nullptr && Overdue(planning, *entry.retry_time)) {
    return Fail(planning,
                entry,
                {FailureReason::kJobOverdue,
                 "pod " + live->meta.Key() + " of attempt " + std::to_string(entry.attempt) +
                     " has not ended in time; look at the node",
                 true});
  }
  if (live != nullptr) {
    entry.message = "attempt " + std::to_string(entry.attempt) +
                    " failed; the next one waits for pod " + live->meta.Key() + " to end";
  } else if (pods != nullptr) {
    MoveToUpgrading(planning, entry);
  }
  return Outcome::kInWork;
}

/// When a Job that is killed after its time has ended at the latest.
base::WallTime KilledBy(const Planning& planning,
                        const api::NodeInWork& entry,
                        const api::Job& job,
                        const api::Pod* pod) {
  const std::int64_t grace =
      pod == nullptr ? kDefaultGrace : pod->grace_seconds.value_or(kDefaultGrace);
  return job.meta.created.value_or(entry.step_time) + Deadline(planning) + kKilledWithin +
         std::chrono::seconds(grace);
}

Outcome JobIsOverdue(Planning& planning,
                     api::NodeInWork& entry,
                     const api::Node& node,
                     const api::Job& job,
                     const api::Pod* pod) {
  if (planning.PodsOf(entry.name) == nullptr) {
    return Outcome::kInWork;
  }
  const std::string name = "Job " + entry.job_name;
  // A kubelet that went down may have started it and not said so.
  const bool waits = pod != nullptr && !pod->started && node.ready;
  const bool killed = job.active_deadline_seconds.has_value();
  if (killed && !waits && !planning.Passed(KilledBy(planning, entry, job, pod))) {
    entry.message = name + " has not ended in time; it is being killed";
    return Outcome::kInWork;
  }
  if (pod == nullptr || waits) {
    const std::string why = pod == nullptr || pod->problem.empty() ? "" : ": " + pod->problem;
    return Fail(planning,
                entry,
                {FailureReason::kJobNeverStarted,
                 name + " started no container in time" + why,
                 entry.node_changed});
  }
  const char* state = killed         ? "it ought to have been killed and has not ended"
                      : pod->started ? "it was left running"
                                     : "whether it runs is unknown, for the node is not Ready";
  return Fail(planning,
              entry,
              {FailureReason::kJobOverdue,
               name + " has not ended in time; " + state +
                   ": look at its log, then let the node be tried again by a new value of the "
                   "annotation clusterupgrade.io/retry",
               true});
}

Outcome FollowJob(Planning& planning,
                  api::NodeInWork& entry,
                  const api::Node& node,
                  const api::Job& job) {
  const api::Pod* pod = PodOfJob(planning, entry, job);
  entry.node_changed = entry.node_changed || (pod != nullptr && pod->started);
  const bool succeeded =
      job.complete || (pod != nullptr && pod->phase == api::PodPhase::kSucceeded);
  if (succeeded || (job.failed && node.kubelet_version == entry.version)) {
    MoveTo(planning, entry, api::NodeStep::kVerifying);
    return Outcome::kInWork;
  }
  if (job.failed) {
    return FailAttempt(planning,
                       entry,
                       {FailureReason::kJobFailed,
                        "Job " + entry.job_name + " failed: " + job.failure_reason +
                            (job.failure_message.empty() ? "" : ", " + job.failure_message),
                        true});
  }
  if (Overdue(planning, job.meta.created.value_or(entry.step_time))) {
    return JobIsOverdue(planning, entry, node, job, pod);
  }
  entry.message = "Job " + entry.job_name + " is at work, attempt " + std::to_string(entry.attempt);
  if (pod != nullptr && !pod->problem.empty()) {
    entry.message += "; its pod waits: " + pod->problem;
  }
  return Outcome::kInWork;
}

Outcome AdvanceByJob(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (entry.retry_time) {
    return WaitForRetry(planning, entry, node);
  }
  const api::Job* job = planning.FindJob(entry.job_name);
  if (job != nullptr && entry.job_uid.empty()) {
    entry.job_uid = job->meta.uid;
  }
  if (job != nullptr && job->meta.uid == entry.job_uid) {
    return FollowJob(planning, entry, node, *job);
  }
  if (node.kubelet_version == entry.version) {
    MoveTo(planning, entry, api::NodeStep::kVerifying);
    return Outcome::kInWork;
  }
  if (!entry.job_uid.empty() && !planning.world().current) {
    return Outcome::kInWork;
  }
  if (!entry.job_uid.empty()) {
    return FailAttempt(
        planning,
        entry,
        {FailureReason::kJobLost, "Job " + entry.job_name + " was deleted by somebody", true});
  }
  if (UncordonedByHuman(planning, node) && !entry.node_changed) {
    Postpone(planning, entry, api::PostponeReason::kUncordonedByUser);
    return Outcome::kInWork;
  }
  const ScopedNode* scoped = planning.scope().Find(entry.name);
  if (planning.giving_back()) {
    return StopBeforeJob(
        planning,
        entry,
        planning.halt() ? NameOf(planning.halt()->reason) : "the ClusterUpgrade is being deleted");
  }
  if (scoped == nullptr || scoped->skip) {
    return StopBeforeJob(planning, entry, scoped == nullptr ? "not in scope" : scoped->skip->text);
  }
  if (IsNewer(node.kubelet_version, entry.version)) {
    return StopAtNewer(planning, entry, node);
  }
  if (planning.paused()) {
    entry.message = "paused before its Job";
    return Outcome::kInWork;
  }
  return CreateTheJob(planning, entry);
}

Outcome AdvanceByHand(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (node.kubelet_version == entry.version) {
    MoveTo(planning, entry, api::NodeStep::kVerifying);
    return Outcome::kInWork;
  }
  const bool announced = AnnotationOf(node.meta, api::kDesiredVersion) == entry.version;
  if (planning.giving_back() && (!announced || planning.deleted())) {
    GiveBack(
        planning,
        entry,
        planning.halt() ? NameOf(planning.halt()->reason) : "the ClusterUpgrade is being deleted");
    return Outcome::kInWork;
  }
  if (UncordonedByHuman(planning, node) && !announced) {
    Postpone(planning, entry, api::PostponeReason::kUncordonedByUser);
    return Outcome::kInWork;
  }
  const ScopedNode& scoped = *planning.scope().Find(entry.name);
  if (scoped.skip && !announced) {
    GiveBack(planning, entry, scoped.skip->text);
    return Outcome::kInWork;
  }
  if (IsNewer(node.kubelet_version, entry.version) && !announced) {
    GiveBack(planning, entry, "it is at " + node.kubelet_version + " already");
    return Outcome::kInWork;
  }
  if (announced && !entry.announced) {
    entry.announced = planning.now();
  }
  if (entry.announced && !planning.paused() && Overdue(planning, *entry.announced)) {
    return Fail(planning,
                entry,
                {FailureReason::kNotUpgradedInTime,
                 "nobody brought it to " + entry.version + " in time; it stays cordoned",
                 true});
  }
  entry.message = "waiting for somebody to bring it to " + entry.version;
  if (!announced && !planning.paused()) {
    Act announce = CordonNode{entry.name, entry.uid, planning.Mark(), entry.version};
    const Answer* answer = planning.AnswerTo(announce);
    if (answer != nullptr && answer->verdict != Verdict::kAccepted) {
      entry.message = "its version could not be announced yet: " + answer->message;
    }
    planning.Want(std::move(announce));
  }
  return Outcome::kInWork;
}

}  // namespace

Outcome AdvanceUpgrading(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  return entry.job_name.empty() ? AdvanceByHand(planning, entry, node)
                                : AdvanceByJob(planning, entry, node);
}

}  // namespace cu::planner
