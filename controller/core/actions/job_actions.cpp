#include "core/actions/job_actions.hpp"

#include <chrono>
#include <utility>

#include "codec/encode/delete_body.hpp"
#include "codec/encode/job_body.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

namespace paths = kube::paths;
using planner::Outcome;
using port::Request;

void AdoptJob(const std::string& body, Watches& watches) {
  if (auto job = codec::Decode<api::Job>(body); job.ok()) {
    watches.jobs().Adopt(std::move(job).value());
  }
}

/// What a dry run is answered with where a webhook with side effects would have to be called
/// (k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go, NewDryRunUnsupportedErr).
std::optional<Outcome> JudgeDryRun(const Answer& answer) {
  const std::string& message = answer.status.message;
  return message.starts_with("admission webhook \"") &&
                 message.ends_with("does not support dry run")
             ? std::optional(Outcome::kUnjudged)
             : std::nullopt;
}

}  // namespace

Handling HandlingOf(const planner::CreateJob& action) {
  Handling handling;
  handling.creates = true;
  if (action.dry_run) {
    handling.judge = JudgeDryRun;
    return handling;
  }
  // A Job that exists but is not seen yet may be deleted meanwhile, with its pod still at work.
  handling.after_miss = std::chrono::seconds(10);
  handling.adopt = AdoptJob;
  return handling;
}

base::Result<Request> RequestFor(const planner::CreateJob& action, const Place& place) {
  auto body = codec::JobBody(action.job, place.job_namespace);
  if (!body.ok()) {
    return body.error();
  }
  const std::string jobs = paths::In<api::Job>(place.job_namespace);
  return Request::Post(action.dry_run ? paths::WithDryRun(jobs) : jobs, std::move(body).value());
}

Handling HandlingOf(const planner::DeleteJob&) {
  return {};
}

base::Result<Request> RequestFor(const planner::DeleteJob& action, const Place& place) {
  return Request::Delete(paths::One<api::Job>(place.job_namespace, action.name),
                         codec::DeleteBody(action.uid, "Background"));
}

Handling HandlingOf(const planner::ExpireJob&) {
  Handling handling;
  handling.adopt = AdoptJob;
  return handling;
}

base::Result<Request> RequestFor(const planner::ExpireJob& action, const Place& place) {
  return Request::MergePatch(paths::One<api::Job>(place.job_namespace, action.name),
                             codec::JobTtlPatch(action.uid, action.ttl_seconds));
}

}  // namespace cu::core
