#include "core/actions/job_actions.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using port::Method;
using namespace std::chrono_literals;

TEST_CASE("whatever makes a Job go away names its UID", "[core]") {
  const auto job = Of(kDeleteJob);
  CHECK(job.method == Method::kDelete);
  CHECK(job.target == "/apis/batch/v1/namespaces/jobs/jobs/cu-n1");
  CHECK(Json::parse(job.body)["preconditions"]["uid"] == "uid-j");
  CHECK(Json::parse(job.body)["propagationPolicy"] == "Background");

  const auto expire = Of(kExpireJob);
  CHECK(expire.method == Method::kMergePatch);
  CHECK(expire.target == "/apis/batch/v1/namespaces/jobs/jobs/cu-n1");
  CHECK(Json::parse(expire.body)["metadata"]["uid"] == "uid-j");
  CHECK(Json::parse(expire.body)["spec"]["ttlSecondsAfterFinished"] == 3600);
}

TEST_CASE("a Job is created in the namespace of Jobs, and judged there by a dry run", "[core]") {
  CHECK(Of(kCreateJob).method == Method::kPost);
  CHECK(Of(kCreateJob).target == "/apis/batch/v1/namespaces/jobs/jobs");
  CHECK(Json::parse(Of(kCreateJob).body)["metadata"]["name"] == "cu-n1");
  CHECK(Of(kDryRunJob).target == "/apis/batch/v1/namespaces/jobs/jobs?dryRun=All");
  CHECK(Of(kDryRunJob).body == Of(kCreateJob).body);
}

TEST_CASE("a template of which no Job can be made is refused without a request", "[core]") {
  planner::CreateJob action;
  action.job.name = "cu-n1";
  action.job.pod_template = "[";
  const auto request = RequestFor(action, {"jobs", "up", "77"});
  REQUIRE_FALSE(request.ok());
  CHECK(Unusable(request.error()).outcome == Outcome::kInvalid);
  CHECK_FALSE(Unusable(request.error()).message.empty());
}

TEST_CASE("a create tells an object that is there from a namespace that is not", "[core]") {
  CHECK(OutcomeOf(kCreateJob, 409, Status("AlreadyExists", "there")) == Outcome::kExists);
  CHECK(OutcomeOf(kCreateJob, 404, Status("NotFound", "namespace")) == Outcome::kForbidden);
  CHECK(OutcomeOf(kDryRunJob, 404, Status("NotFound", "namespace")) == Outcome::kForbidden);
  CHECK(OutcomeOf(kDryRunJob, 422, Status("Invalid", "bad")) == Outcome::kInvalid);
  CHECK(OutcomeOf(kDryRunJob, 201, "{}") == Outcome::kAccepted);
}

TEST_CASE("a webhook that cannot be asked by a dry run judges nothing", "[core]") {
  const std::string body =
      Status("BadRequest", "admission webhook \\\"w\\\" does not support dry run");
  CHECK(OutcomeOf(kDryRunJob, 400, body) == Outcome::kUnjudged);
  CHECK(OutcomeOf(kDryRunJob, 400, Status("BadRequest", "bad")) == Outcome::kInvalid);
  CHECK(OutcomeOf(kCreateJob, 400, body) == Outcome::kInvalid);
}

TEST_CASE("a Job's pod is judged in the namespace of Jobs, as the Job controller makes it",
          "[core]") {
  const auto request = Of(kDryRunPod);
  CHECK(request.method == Method::kPost);
  CHECK(request.target == "/api/v1/namespaces/jobs/pods?dryRun=All");
  CHECK(Json::parse(request.body)["kind"] == "Pod");
  CHECK(OutcomeOf(kDryRunPod, 403, Status("Forbidden", "exceeded quota")) == Outcome::kForbidden);
  CHECK(OutcomeOf(kDryRunPod, 422, Status("Invalid", "bad")) == Outcome::kInvalid);
  CHECK(OutcomeOf(kDryRunPod, 201, "{}") == Outcome::kAccepted);
  CHECK(OutcomeOf(kDryRunPod,
                  403,
                  Status("Forbidden",
                         "pods is forbidden: User \\\"u\\\" cannot create resource "
                         "\\\"pods\\\" in API group \\\"\\\" in the namespace "
                         "\\\"jobs\\\"")) == Outcome::kUnjudged);
  CHECK(OutcomeOf(kDryRunPod,
                  400,
                  Status("BadRequest", "admission webhook \\\"w\\\" does not support dry run")) ==
        Outcome::kUnjudged);
  CHECK(HandlingOf(kDryRunPod).adopt == nullptr);
  planner::RehearsePod broken = kDryRunPod;
  broken.job.pod_template = "[";
  CHECK_FALSE(RequestFor(broken, {"jobs", "up", "77"}).ok());
}

TEST_CASE("a Job that exists and is not seen yet is asked for more rarely than others", "[core]") {
  CHECK(HandlingOf(kCreateJob).after_miss == 10s);
  CHECK(HandlingOf(kDeleteJob).after_miss == 1s);
}

TEST_CASE("the Job of an accepted answer is seen at once, that of a dry run never is", "[core]") {
  const std::string body =
      R"({"metadata":{"name":"cu-n1","namespace":"jobs","resourceVersion":"9"}})";
  for (const Handling& handling : {HandlingOf(kCreateJob), HandlingOf(kExpireJob)}) {
    Watches watches{{{"system", "jobs"}, {}}};
    REQUIRE(handling.adopt != nullptr);
    handling.adopt("no JSON", watches);
    CHECK(watches.jobs().items().empty());
    handling.adopt(body, watches);
    CHECK(watches.jobs().Find("jobs/cu-n1") != nullptr);
  }
  CHECK(HandlingOf(kDryRunJob).adopt == nullptr);
  CHECK(HandlingOf(kDeleteJob).adopt == nullptr);
}

}  // namespace
}  // namespace cu::core
