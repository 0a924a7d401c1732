#include "planner/nodes/uncordoning.hpp"

#include <chrono>

#include "api/labels.hpp"
#include "base/time.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/release.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

/// By then a Job that was sent to the server has come or will not.
constexpr auto kCreateSettled = std::chrono::seconds(30);

/// The message begins with what the node is released for.
void Await(NodeWork& work, const std::string& what) {
  work.entry.message = work.entry.released_for + "; " + what;
}

/// The failure that this very attempt has ended in, or null. A repaired node has no attempt.
const api::NodeFailure* FailureOfAttempt(const NodeWork& work) {
  const api::NodeInWork& entry = work.entry;
  const api::NodeFailure* failure = work.planning().FailureOf(entry.name);
  const bool same = failure != nullptr && entry.has_job() && failure->attempts == entry.attempt &&
                    failure->version == entry.version;
  return same ? failure : nullptr;
}

/// A deletion does not wait for a Job past its deadline, nor for anything else longer than that.
bool MayWaitNoLonger(NodeWork& work) {
  const Planning& planning = work.planning();
  if (!planning.deleted()) {
    return false;
  }
  const api::NodeFailure* failure =
      work.entry.has_job() ? FailureOfAttempt(work) : planning.FailureOf(work.entry.name);
  const std::chrono::seconds bound(planning.spec().executor.timeout_seconds);
  return (failure != nullptr && failure->reason == FailureReason::kJobOverdue) ||
         work.Reached(work.entry.step_time + bound);
}

/// The Job of an attempt that was given back may still be on its way to the server.
bool AwaitJob(NodeWork& work) {
  if (!work.entry.has_job() || !work.entry.job_uid.empty()) {
    return false;
  }
  const base::WallTime settled = work.entry.step_time + kCreateSettled;
  if (work.Reached(settled)) {
    return false;
  }
  Await(work,
        "waiting until " + base::FormatTime(settled) + " for Job " + work.entry.job_name +
            ", which may still be created");
  return true;
}

/// Waits until nothing is left of a Job of ours that must not go on beside the release. True when
/// that is so.
bool EndJob(NodeWork& work) {
  if (MayWaitNoLonger(work)) {
    return true;
  }
  if (AwaitJob(work)) {
    return false;
  }
  const api::NodeFailure* failure = FailureOfAttempt(work);
  const api::Job* job =
      work.entry.has_job() ? FindJob(work.planning(), work.entry.job_name) : nullptr;
  const bool may_start = job != nullptr && !job->failed && !job->complete;
  if (may_start && failure != nullptr && failure->reason == FailureReason::kJobNeverStarted) {
    work.add.Want(DeleteJob{work.entry.job_name, job->meta.uid});
    Await(work, "waiting for Job " + work.entry.job_name + " to be deleted");
    return false;
  }
  if (work.pods() == nullptr) {
    return false;
  }
  if (const api::Pod* live = LiveJobPod(work.planning(), *work.pods())) {
    Await(work, "waiting for pod " + live->meta.Key() + " of the upgrade Job to end");
    return false;
  }
  return true;
}

/// A node that has been through a run says so before it is released; otherwise it would be due
/// again.
bool MarkRunDone(NodeWork& work) {
  const api::NodeInWork& entry = work.entry;
  if (!entry.verified || entry.run_id.empty() || work.planning().deleted() ||
      api::AnnotationOf(work.node().meta, api::kRunId) == entry.run_id) {
    return true;
  }
  Action mark = MarkRun{entry.name, entry.uid, entry.run_id};
  const ActionResult* result = work.planning().ResultOf(mark);
  if (result != nullptr && !result->message.empty()) {
    Await(work, "the annotation clusterupgrade.io/run-id cannot be set: " + result->message);
  }
  work.add.Want(std::move(mark));
  return false;
}

bool IsAccepted(const ActionResult* result) {
  return result != nullptr && result->outcome == Outcome::kAccepted;
}

}  // namespace

void AdvanceUncordoning(NodeWork& work) {
  const Planning& planning = work.planning();
  if (work.entry.has_job() && work.entry.job_uid.empty() &&
      FindJob(planning, work.entry.job_name) != nullptr) {
    return MoveTo(work, api::NodeStep::kUpgrading);  // its Job was created after all: seen through
  }
  work.entry.message = work.entry.released_for;
  if (!EndJob(work) || !MarkRunDone(work)) {
    return;
  }
  const api::NodeFailure* failure = FailureOfAttempt(work);
  if (failure != nullptr && failure->node_changed && !planning.deleted()) {
    work.leaves = true;  // it stays cordoned
    return;
  }
  std::vector<Action> release = ReleaseOf(work.node(), *planning.world().results);
  const ActionResult* last = planning.ResultOf(release.back());
  const bool hints_gone = !std::holds_alternative<SetNodeHints>(release.back());
  if (hints_gone && !work.marked() && (!work.node().unschedulable || IsAccepted(last))) {
    work.leaves = true;
    return;
  }
  if (IsRefused(last)) {
    Await(work, "the API server forbids releasing the node: " + last->message);
  }
  for (Action& action : release) {
    work.add.Want(std::move(action));
  }
}

}  // namespace cu::planner
