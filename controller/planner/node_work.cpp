#include <algorithm>
#include <charconv>

#include "api/marks.hpp"
#include "api/names.hpp"
#include "base/backoff.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "planner/node_steps.hpp"
#include "planner/text.hpp"

namespace cu::planner {
namespace {

constexpr base::Backoff kRetryAfter{std::chrono::seconds(30), std::chrono::minutes(10)};

/// 30 s doubling to 10 min, counted inside one grant of attempts.
std::chrono::milliseconds RetryAfter(const Draft& draft, const api::NodeInWork& entry) {
  const int before_grant = entry.attempt_limit - draft.spec().failure_policy.max_attempts;
  return kRetryAfter.After(std::max(0, entry.attempt - before_grant - 1));
}

/// The highest attempt at this version that a Job of ours stands for, or 0. What the status knows
/// of attempts ends with a success and with a failure of another version; the Job does not.
int LastAttempt(const Draft& draft, const api::NodeInWork& entry) {
  constexpr int kCredible = 1'000'000;
  int last = 0;
  for (const auto& [key, job] : *draft.world().jobs) {
    const bool same = AnnotationOf(job.meta, api::kJobUpgradeUid) == draft.upgrade().meta.uid &&
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

void ForgetPostponement(Draft& draft, const std::string& name) {
  std::erase_if(draft.status().postponed, [&](const auto& entry) { return entry.name == name; });
}

void RecordFailure(Draft& draft, const api::NodeInWork& entry, const FailureCause& cause) {
  constexpr std::size_t kFailuresMax = 100;
  ForgetPostponement(draft, entry.name);
  auto& failures = draft.status().failures;
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
  failure.time = draft.now();
  failure.node_changed = cause.node_changed;
  if (cause.node_changed) {
    failure.boot_id = entry.boot_id;
    failure.daemon_sets = entry.daemon_sets;
  }
  failures.push_back(std::move(failure));
}

}  // namespace

api::NodeInWork StartWork(const Draft& draft, const ScopedNode& scoped) {
  const api::Node& node = *scoped.node;
  api::NodeInWork entry;
  entry.name = node.meta.name;
  entry.uid = node.meta.uid;
  entry.pool = scoped.pool;
  entry.version = draft.spec().version;
  entry.from_version = node.kubelet_version;
  entry.stage = scoped.control_plane ? api::Stage::kControlPlane : api::Stage::kNode;
  const api::NodeFailure* before = draft.FailureOf(entry.name);
  if (before != nullptr && before->version == entry.version) {
    entry.attempt = before->attempts;
  }
  if (before != nullptr && before->node_changed) {
    entry.node_changed = true;
    entry.daemon_sets = before->daemon_sets;
  }
  entry.attempt_limit = entry.attempt + draft.spec().failure_policy.max_attempts;
  entry.start_time = draft.now();
  entry.step_time = draft.now();
  entry.boot_id = node.boot_id;
  return entry;
}

api::NodeInWork StartVerifying(const Draft& draft, const api::NodeFailure& failure) {
  api::NodeInWork entry = StartWork(draft, *draft.scope().Find(failure.name));
  entry.attempt = failure.attempts;
  entry.attempt_limit = failure.attempts;
  entry.step = api::NodeStep::kVerifying;
  entry.boot_id = failure.boot_id;
  entry.daemon_sets = failure.daemon_sets;
  return entry;
}

void MoveTo(Draft& draft, api::NodeInWork& entry, api::NodeStep step) {
  entry.step = step;
  entry.step_time = draft.now();
  entry.message.clear();
  entry.blocked_by.clear();
  entry.blocked_by_more = 0;
  entry.retry_time.reset();
  entry.verified = false;
  if (step == api::NodeStep::kVerifying) {
    draft.plan().memory.healthy.erase(entry.uid);
    draft.plan().memory.lease_before.erase(entry.uid);
  }
}

void MoveToUpgrading(Draft& draft, api::NodeInWork& entry) {
  MoveTo(draft, entry, api::NodeStep::kUpgrading);
  const int made = std::max(entry.attempt, LastAttempt(draft, entry));
  entry.attempt_limit += made - entry.attempt;
  entry.attempt = made + 1;
  entry.boot_id = draft.FindNode(entry.name)->boot_id;
  entry.announced.reset();
  entry.job_uid.clear();
  entry.job_name =
      draft.spec().executor.type == api::ExecutorType::kExternal ? "" : JobName(draft, entry);
}

void GiveBack(Draft& draft, api::NodeInWork& entry, const std::string& why) {
  MoveTo(draft, entry, api::NodeStep::kUncordoning);
  entry.message = "given back: " + why;
}

Outcome Fail(Draft& draft, api::NodeInWork& entry, const FailureCause& cause) {
  RecordFailure(draft, entry, cause);
  const bool job_must_go = cause.reason == "JobNeverStarted";
  if (cause.node_changed && !draft.deleted() && !job_must_go) {
    return Outcome::kLeavesWork;
  }
  GiveBack(draft, entry, cause.reason);
  return Outcome::kInWork;
}

Outcome FailAttempt(Draft& draft, api::NodeInWork& entry, const FailureCause& cause) {
  entry.node_changed = entry.node_changed || cause.node_changed;
  if (entry.attempt >= entry.attempt_limit || draft.giving_back()) {
    return Fail(draft, entry, cause);
  }
  entry.step = api::NodeStep::kUpgrading;
  entry.step_time = draft.now();
  entry.retry_time = draft.now() + RetryAfter(draft, entry);
  entry.message = "attempt " + std::to_string(entry.attempt) + " failed (" + cause.reason + ": " +
                  cause.message + "); the next one starts after " +
                  base::FormatTime(*entry.retry_time);
  draft.LookAt(*entry.retry_time);
  return Outcome::kInWork;
}

void Postpone(Draft& draft, api::NodeInWork& entry, const std::string& reason) {
  constexpr std::size_t kPostponedMax = 100;
  ForgetPostponement(draft, entry.name);
  if (draft.status().postponed.size() >= kPostponedMax) {
    Fail(draft,
         entry,
         {reason,
          "it was to be postponed, and " + std::to_string(kPostponedMax) + " nodes are already",
          false});
    return;
  }
  draft.status().postponed.push_back({entry.name, entry.uid, reason, draft.now()});
  GiveBack(draft, entry, reason);
}

std::string JobName(const Draft& draft, const api::NodeInWork& entry) {
  constexpr std::size_t kNodeCharactersMax = 40;
  constexpr std::size_t kHexDigits = 12;
  std::string node;
  for (const char c : entry.name.substr(0, kNodeCharactersMax)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    node += plain ? c : '-';
  }
  const std::string facts = draft.upgrade().meta.uid + "\n" + entry.uid + "\n" + entry.version +
                            "\n" + NameOf(entry.stage) + "\n" + std::to_string(entry.attempt);
  return "cu-" + node + "-" + base::Sha256Hex(facts).substr(0, kHexDigits);
}

CreateJob JobOf(const Draft& draft, const api::NodeInWork& entry) {
  const api::ExecutorSpec& executor = draft.spec().executor;
  CreateJob job;
  job.name = entry.job_name;
  job.node = entry.name;
  job.node_uid = entry.uid;
  job.upgrade = draft.upgrade().meta.name;
  job.upgrade_uid = draft.upgrade().meta.uid;
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

const api::Pod* LiveJobPod(const Draft& draft, const api::ObjectMap<api::Pod>& pods) {
  for (const auto& [key, pod] : pods) {
    if (pod.meta.ns == draft.world().self.job_namespace &&
        pod.meta.labels.contains(std::string(api::kJobUpgrade)) && !pod.finished()) {
      return &pod;
    }
  }
  return nullptr;
}

}  // namespace cu::planner
