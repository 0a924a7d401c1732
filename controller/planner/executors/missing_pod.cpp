#include "planner/executors/missing_pod.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/check.hpp"
#include "base/time.hpp"
#include "planner/executors/job_pod.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/model/patience.hpp"

namespace cu::planner {
namespace {

/// What the Job controller needs for a pod, and its watch to us, with much to spare.
constexpr auto kPodIsDue = std::chrono::seconds(5);
/// A Job controller that is restarted with its control-plane node is back by then.
constexpr auto kNoPodAtAll = std::chrono::minutes(5);

/// Since when, as far as this process has seen.
base::WallTime MissingSince(NodeWork& work, const api::Job& job) {
  auto& missing = work.memory.pod_missing;
  if (!missing || missing->job_uid != job.meta.uid) {
    missing = {job.meta.uid, work.planning().now()};
  }
  return missing->since;
}

/// What keeps the pod away, and until when that is waited for.
struct Cause {
  std::string text;
  base::WallTime until;
};

Cause FindCause(const NodeWork& work,
                const api::Job& job,
                const ActionResult* answer,
                base::WallTime since) {
  const std::chrono::seconds timeout(work.planning().spec().executor.timeout_seconds);
  const base::WallTime at_last = since + std::min<std::chrono::seconds>(timeout, kNoPodAtAll);
  if (job.suspended) {
    return {"it is suspended (spec.suspend is true); check what suspends Jobs in its namespace",
            at_last};
  }
  if (IsRefused(answer) && answer->outcome != Outcome::kUnjudged) {
    return {"the API server rejects its pod: " + answer->message, PatienceEnds(*answer)};
  }
  return {"check the Job controller (kube-controller-manager), and the Job's events", at_last};
}

}  // namespace

AttemptVerdict AwaitPod(NodeWork& work, const api::Job& job) {
  CU_CHECK(work.pods() != nullptr);
  api::NodeInWork& entry = work.entry;
  const base::WallTime since = MissingSince(work, job);
  entry.message = NameOfAttempt(entry) + " has no pod yet";
  if (!work.Reached(since + kPodIsDue)) {
    return AttemptVerdict::AtWork();
  }
  Action question = RehearsePod{JobOf(work.planning(), entry), job.meta.uid};
  const Cause cause = FindCause(work, job, work.planning().ResultOf(question), since);
  entry.message = NameOfAttempt(entry) + " has no pod: " + cause.text;
  if (work.Reached(cause.until)) {
    return AttemptVerdict::NodeFailed({api::FailureReason::kJobNeverStarted,
                                       "Job " + entry.job_name + " has no pod: " + cause.text,
                                       entry.node_changed});
  }
  work.add.Want(std::move(question));
  return AttemptVerdict::AtWork();
}

}  // namespace cu::planner
