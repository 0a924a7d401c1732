#include <algorithm>
#include <charconv>

#include "api/marks.hpp"
#include "api/names.hpp"
#include "base/backoff.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

constexpr base::Backoff kRetryAfter{std::chrono::seconds(30), std::chrono::minutes(10)};

/// 30 s doubling to 10 min, counted inside one grant of attempts.
std::chrono::milliseconds RetryAfter(const Planning& planning, const api::NodeInWork& entry) {
  const int before_grant = entry.attempt_limit - planning.spec().failure_policy.max_attempts;
  return kRetryAfter.After(std::max(0, entry.attempt - before_grant - 1));
}

/// The highest attempt at this version that a Job of ours stands for, or 0. What the status knows
/// of attempts ends with a success and with a failure of another version; the Job does not.
int LastAttempt(const Planning& planning, const api::NodeInWork& entry) {
  constexpr int kCredible = 1'000'000;
  int last = 0;
  for (const auto& [key, job] : *planning.world().jobs) {
    const bool same = AnnotationOf(job.meta, api::kJobUpgradeUid) == planning.upgrade().meta.uid &&
                      AnnotationOf(job.meta, api::kJobNode) == entry.name &&
                      AnnotationOf(job.meta, api::kJobVersion) == entry.version;
    const std::string text = same ? AnnotationOf(job.meta, api::kJobAttempt) : "";
    int attempt = 0;
    std::from_chars(text.data(), text.data() + text.size(), attempt);
    if (attempt <= kCredible) {
      last = std::max(last, attempt);
    }
  }
  return last;
}

/// What a node fails with that cannot be postponed.
api::FailureReason FailureOf(api::PostponeReason reason) {
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

void ForgetPostponement(Planning& planning, const std::string& name) {
  std::erase_if(planning.status().postponed, [&](const auto& entry) { return entry.name == name; });
}

void RecordFailure(Planning& planning, const api::NodeInWork& entry, const FailureCause& cause) {
  constexpr std::size_t kFailuresMax = 100;
  ForgetPostponement(planning, entry.name);
  auto& failures = planning.status().failures;
  std::erase_if(failures, [&](const auto& failure) { return failure.name == entry.name; });
  const auto settled = std::find_if(
      failures.begin(), failures.end(), [](const auto& failure) { return failure.retried; });
  if (failures.size() >= kFailuresMax && settled != failures.end()) {
    failures.erase(settled);
  }
  api::NodeFailure failure;
  failure.name = entry.name;
  failure.uid = entry.uid;
  failure.step = entry.step;
  failure.version = entry.version;
  failure.attempts = entry.attempt;
  failure.reason = cause.reason;
  failure.message = cause.message;
  failure.time = planning.now();
  failure.node_changed = cause.node_changed;
  if (cause.node_changed) {
    failure.boot_id = entry.boot_id;
    failure.daemon_sets = entry.daemon_sets;
  }
  failures.push_back(std::move(failure));
}

}  // namespace

api::NodeInWork StartWork(const Planning& planning, const ScopedNode& scoped) {
  const api::Node& node = *scoped.node;
  api::NodeInWork entry;
  entry.name = node.meta.name;
  entry.uid = node.meta.uid;
  entry.pool = scoped.pool;
  entry.version = planning.spec().version;
  entry.from_version = node.kubelet_version;
  entry.stage = scoped.control_plane ? api::Stage::kControlPlane : api::Stage::kNode;
  const api::NodeFailure* before = planning.FailureOf(entry.name);
  if (before != nullptr && before->version == entry.version) {
    entry.attempt = before->attempts;
  }
  if (before != nullptr && before->node_changed) {
    entry.node_changed = true;
    entry.daemon_sets = before->daemon_sets;
  }
  entry.attempt_limit = entry.attempt + planning.spec().failure_policy.max_attempts;
  entry.start_time = planning.now();
  entry.step_time = planning.now();
  entry.boot_id = node.boot_id;
  return entry;
}

api::NodeInWork StartVerifying(const Planning& planning, const api::NodeFailure& failure) {
  api::NodeInWork entry = StartWork(planning, *planning.scope().Find(failure.name));
  entry.attempt = failure.attempts;
  entry.attempt_limit = failure.attempts;
  entry.step = api::NodeStep::kVerifying;
  entry.boot_id = failure.boot_id;
  entry.daemon_sets = failure.daemon_sets;
  return entry;
}

void MoveTo(Planning& planning, api::NodeInWork& entry, api::NodeStep step) {
  entry.step = step;
  entry.step_time = planning.now();
  entry.message.clear();
  entry.blocked_by.clear();
  entry.blocked_by_more = 0;
  entry.retry_time.reset();
  entry.verified = false;
  entry.released_for.clear();
  if (step == api::NodeStep::kVerifying) {
    planning.plan().memory.healthy.erase(entry.uid);
    planning.plan().memory.lease_before.erase(entry.uid);
  }
}

void MoveToUpgrading(Planning& planning, api::NodeInWork& entry) {
  MoveTo(planning, entry, api::NodeStep::kUpgrading);
  const int made = std::max(entry.attempt, LastAttempt(planning, entry));
  entry.attempt_limit += made - entry.attempt;
  entry.attempt = made + 1;
  entry.boot_id = planning.FindNode(entry.name)->boot_id;
  entry.announced.reset();
  entry.job_uid.clear();
  entry.executor = planning.spec().executor.type;
  entry.job_name =
      planning.spec().executor.type == api::ExecutorType::kExternal ? "" : JobName(planning, entry);
}

void GiveBack(Planning& planning, api::NodeInWork& entry, const std::string& why) {
  MoveTo(planning, entry, api::NodeStep::kUncordoning);
  entry.released_for = "given back: " + why;
  entry.message = entry.released_for;
}

Outcome Fail(Planning& planning, api::NodeInWork& entry, const FailureCause& cause) {
  RecordFailure(planning, entry, cause);
  const bool job_must_go = cause.reason == api::FailureReason::kJobNeverStarted;
  if (cause.node_changed && !planning.deleted() && !job_must_go) {
    return Outcome::kLeavesWork;
  }
  GiveBack(planning, entry, NameOf(cause.reason));
  return Outcome::kInWork;
}

Outcome FailAttempt(Planning& planning, api::NodeInWork& entry, const FailureCause& cause) {
  entry.node_changed = entry.node_changed || cause.node_changed;
  if (entry.attempt >= entry.attempt_limit || planning.giving_back()) {
    return Fail(planning, entry, cause);
  }
  entry.step = api::NodeStep::kUpgrading;
  entry.step_time = planning.now();
  entry.retry_time = planning.now() + RetryAfter(planning, entry);
  entry.message = "attempt " + std::to_string(entry.attempt) + " failed (" + NameOf(cause.reason) +
                  ": " + cause.message + "); the next one starts after " +
                  base::FormatTime(*entry.retry_time);
  planning.LookAt(*entry.retry_time);
  return Outcome::kInWork;
}

void Postpone(Planning& planning, api::NodeInWork& entry, api::PostponeReason reason) {
  constexpr std::size_t kPostponedMax = 100;
  ForgetPostponement(planning, entry.name);
  if (planning.status().postponed.size() >= kPostponedMax) {
    Fail(planning,
         entry,
         {FailureOf(reason),
          "it was to be postponed, and " + std::to_string(kPostponedMax) + " nodes are already",
          false});
    return;
  }
  planning.status().postponed.push_back({entry.name, entry.uid, reason, planning.now()});
  GiveBack(planning, entry, NameOf(reason));
}

std::string JobName(const Planning& planning, const api::NodeInWork& entry) {
  constexpr std::size_t kNodeCharactersMax = 40;
  constexpr std::size_t kHexDigits = 12;
  std::string node;
  for (const char c : entry.name.substr(0, kNodeCharactersMax)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    node += plain ? c : '-';
  }
  const std::string facts = planning.upgrade().meta.uid + "\n" + entry.uid + "\n" + entry.version +
                            "\n" + NameOf(entry.stage) + "\n" + std::to_string(entry.attempt);
  return "cu-" + node + "-" + base::Sha256Hex(facts).substr(0, kHexDigits);
}

CreateJob JobOf(const Planning& planning, const api::NodeInWork& entry) {
  const api::ExecutorSpec& executor = planning.spec().executor;
  CreateJob job;
  job.name = entry.job_name;
  job.node = entry.name;
  job.node_uid = entry.uid;
  job.upgrade = planning.upgrade().meta.name;
  job.upgrade_uid = planning.upgrade().meta.uid;
  job.version = entry.version;
  job.stage = entry.stage;
  job.attempt = entry.attempt;
  job.pod_template = executor.job_template;
  if (executor.kill_on_timeout) {
    job.active_deadline_seconds = executor.timeout_seconds;
  }
  return job;
}

const api::Job* UnfinishedJobBeside(const api::ObjectMap<api::Job>& jobs,
                                    const std::string& node,
                                    const std::string& own_job) {
  for (const auto& [key, job] : jobs) {
    if (job.meta.name != own_job && !job.complete && !job.failed &&
        AnnotationOf(job.meta, api::kJobNode) == node) {
      return &job;
    }
  }
  return nullptr;
}

const api::Pod* LiveJobPod(const Planning& planning, const api::ObjectMap<api::Pod>& pods) {
  for (const auto& [key, pod] : pods) {
    if (pod.meta.ns == planning.world().self.job_namespace &&
        pod.meta.labels.contains(std::string(api::kJobUpgrade)) && !pod.finished()) {
      return &pod;
    }
  }
  return nullptr;
}

}  // namespace cu::planner
