#include "core/actions/job_actions.hpp"

#include <chrono>
#include <utility>

#include "codec/encode/delete_body.hpp"
#include "codec/encode/job_body.hpp"
#include "core/actions/dry_run.hpp"
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

/// Also: the right to create pods may be missing, which the Job controller has (k8s.io/apiserver
/// pkg/endpoints/handlers/responsewriters/errors.go, Forbidden).
std::optional<Outcome> JudgePodDryRun(const Answer& answer) {
  const bool no_right =
      answer.code == 403 &&
      answer.status.message.find("cannot create resource \"pods\"") != std::string::npos;
  return no_right ? std::optional(Outcome::kUnjudged) : JudgeDryRun(answer);
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

Handling HandlingOf(const planner::RehearsePod&) {
  Handling handling;
  handling.creates = true;
  handling.judge = JudgePodDryRun;
  return handling;
}

base::Result<Request> RequestFor(const planner::RehearsePod& action, const Place& place) {
  auto body = codec::JobPodBody(action.job, action.job_uid, place.job_namespace);
  if (!body.ok()) {
    return body.error();
  }
  return Request::Post(paths::WithDryRun(paths::In<api::Pod>(place.job_namespace)),
                       std::move(body).value());
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
