#include "planner/nodes/attempts.hpp"

#include <algorithm>
#include <chrono>

#include "base/backoff.hpp"
#include "base/check.hpp"
#include "base/time.hpp"
#include "planner/executors/executor.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/nodes/cordoning.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/target/newest_node.hpp"

namespace cu::planner {
namespace {

constexpr base::Backoff kRetryAfter{std::chrono::seconds(30), std::chrono::minutes(10)};
/// status.postponed holds no more (crds/: maxItems).
constexpr std::size_t kPostponedMax = 100;

/// 30 s doubling to 10 min, counted inside one grant of attempts.
std::chrono::milliseconds RetryAfter(const NodeWork& work) {
  const int max_attempts = work.planning().spec().failure_policy.max_attempts;
  const int before_grant = work.entry.attempt_limit - max_attempts;
  return kRetryAfter.After(std::max(0, work.entry.attempt - before_grant - 1));
}

/// What a node fails with that cannot be postponed.
api::FailureReason FailureFor(api::PostponeReason reason) {
  switch (reason) {
    case api::PostponeReason::kUncordonedByUser:
      return api::FailureReason::kUncordonedByUser;
    case api::PostponeReason::kDrainTimeout:
      return api::FailureReason::kDrainTimeout;
    case api::PostponeReason::kUnknown:
      break;
  }
  return api::FailureReason::kUnknown;
}

api::NodeFailure FailureOf(const NodeWork& work, const FailureCause& cause) {
  const api::NodeInWork& entry = work.entry;
  api::NodeFailure failure;
  failure.name = entry.name;
  failure.uid = entry.uid;
  failure.step = entry.step;
  failure.stage = entry.stage;
  failure.version = entry.version;
  failure.attempts = entry.attempt;
  failure.reason = cause.reason;
  failure.message = cause.message;
  failure.time = work.planning().now();
  failure.node_changed = cause.node_changed;
  if (cause.node_changed) {
    failure.boot_id = entry.boot_id;
    failure.daemon_sets = entry.daemon_sets;
    failure.static_pods = entry.static_pods;
  }
  return failure;
}

api::NodeInWork EntryFor(const Planning& planning,
                         const ScopedNode& scoped,
                         const StageSteps& stage) {
  const api::Node& node = *scoped.node;
  api::NodeInWork entry;
  entry.name = node.meta.name;
  entry.uid = node.meta.uid;
  entry.pool = scoped.pool;
  entry.version = planning.hop().target.text;
  entry.from_version = node.kubelet_version;
  entry.stage = stage.stage;
  entry.executor = planning.spec().executor.type;
  entry.step = FirstStep(planning, stage, node);
  const api::NodeFailure* before = planning.FailureOf(entry.name);
  if (before != nullptr && before->version == entry.version && before->stage == entry.stage) {
    entry.attempt = before->attempts;
  }
  if (before != nullptr && before->node_changed) {
    entry.node_changed = true;
    entry.daemon_sets = before->daemon_sets;
    entry.static_pods = before->static_pods;
  }
  entry.attempt_limit = entry.attempt + planning.spec().failure_policy.max_attempts;
  entry.start_time = planning.now();
  entry.step_time = planning.now();
  entry.boot_id = node.boot_id;
  entry.run_id = planning.RunId();
  if (ExecutorOf(entry).replaces_nodes) {
    entry.newest_node = NewestNode(planning.nodes(), entry.pool);
  }
  return entry;
}

/// What is known of the failed node.
api::NodeInWork EntryAfter(const Planning& planning, const api::NodeFailure& failure) {
  api::NodeInWork entry = StartAfterCordon(planning, *planning.ViewOf(failure.name).scoped);
  entry.stage = failure.stage;
  entry.version = failure.version;
  entry.attempt = failure.attempts;
  entry.attempt_limit = failure.attempts;
  entry.boot_id = failure.boot_id;
  entry.daemon_sets = failure.daemon_sets;
  entry.static_pods = failure.static_pods;
  return entry;
}

}  // namespace

api::NodeInWork StartWork(const Planning& planning, const ScopedNode& scoped) {
  NodeWork work(planning, EntryFor(planning, scoped, NextStage(planning, scoped)), {});
  if (work.entry.step == api::NodeStep::kUpgrading) {
    if (work.pods() != nullptr) {
      NoteReadyPods(work, false);
    }
    BeginAttempt(work);
  }
  return work.entry;
}

api::NodeInWork StartAfterCordon(const Planning& planning, const ScopedNode& scoped) {
  const StageSteps& next = NextStage(planning, scoped);
  const Executor& executor = FindExecutor(planning.spec().executor.type);
  return EntryFor(planning,
                  scoped,
                  HasStep(next, api::NodeStep::kUncordoning) ? next : executor.workers.front());
}

api::NodeInWork StartVerifying(const Planning& planning, const api::NodeFailure& failure) {
  api::NodeInWork entry = EntryAfter(planning, failure);
  entry.step = api::NodeStep::kVerifying;
  return entry;
}

api::NodeInWork StartAttempt(const Planning& planning, const api::NodeFailure& failure) {
  NodeWork work(planning, EntryAfter(planning, failure), {});
  work.entry.attempt_limit += planning.spec().failure_policy.max_attempts;
  work.entry.node_changed = true;
  BeginAttempt(work);
  return work.entry;
}

void MoveTo(NodeWork& work, api::NodeStep step) {
  api::NodeInWork& entry = work.entry;
  entry.step = step;
  entry.step_time = work.planning().now();
  entry.message.clear();
  entry.blocked_by.clear();
  entry.blocked_by_more = 0;
  entry.retry_time.reset();
  entry.verified = false;
  entry.released_for.clear();
  if (step == api::NodeStep::kVerifying) {
    work.memory.healthy.reset();
    work.memory.lease.reset();
  }
}

void BeginAttempt(NodeWork& work) {
  MoveTo(work, api::NodeStep::kUpgrading);
  api::NodeInWork& entry = work.entry;
  const int made = std::max(entry.attempt, LastAttempt(work.planning(), entry));
  entry.attempt_limit += made - entry.attempt;
  entry.attempt = made + 1;
  entry.boot_id = work.node().boot_id;
  entry.announced.reset();
  entry.job_uid.clear();
  entry.job_name.clear();
  entry.executor = work.planning().spec().executor.type;
  entry.job_name = ExecutorOf(entry).name_job(work.planning(), entry);
}

void GiveBack(NodeWork& work, const std::string& why) {
  const bool untouched = work.entry.step == api::NodeStep::kPulling;
  if (untouched || !HasStep(StageOf(work.entry), api::NodeStep::kUncordoning)) {
    work.leaves = true;
    return;
  }
  MoveTo(work, api::NodeStep::kUncordoning);
  work.entry.released_for = "released: " + why;
  work.entry.message = work.entry.released_for;
}

void Fail(NodeWork& work, const FailureCause& cause) {
  work.failure = FailureOf(work, cause);
  const bool job_must_go = cause.reason == api::FailureReason::kJobNeverStarted;
  if (cause.node_changed && !work.planning().deleted() && !job_must_go) {
    work.leaves = true;
    return;
  }
  GiveBack(work, NameOf(cause.reason));
}

void FailAttempt(NodeWork& work, const FailureCause& cause) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  entry.node_changed = entry.node_changed || cause.node_changed;
  if (entry.attempt >= entry.attempt_limit || planning.giving_back()) {
    Fail(work, cause);
    return;
  }
  entry.step = api::NodeStep::kUpgrading;
  entry.step_time = planning.now();
  entry.retry_time = planning.now() + RetryAfter(work);
  entry.message = "attempt " + std::to_string(entry.attempt) + " failed (" + NameOf(cause.reason) +
                  ": " + cause.message + "); the next attempt starts after " +
                  base::FormatTime(*entry.retry_time);
  work.add.WakeAt(planning.WakeFor(*entry.retry_time));
}

void Postpone(NodeWork& work, api::PostponeReason reason) {
  const auto& postponed = work.planning().status().postponed;
  const auto others = std::count_if(postponed.begin(), postponed.end(), [&](const auto& entry) {
    return entry.name != work.entry.name;
  });
  if (static_cast<std::size_t>(others) >= kPostponedMax) {
    Fail(work,
         {FailureFor(reason),
          "it cannot be postponed: " + std::to_string(kPostponedMax) +
              " nodes are postponed already",
          false});
    return;
  }
  work.postponed = {work.entry.name, work.entry.uid, reason, work.planning().now()};
  GiveBack(work, NameOf(reason));
}

bool UncordonedByUser(const NodeWork& work) {
  return work.marked() && !work.node().unschedulable;
}

}  // namespace cu::planner
