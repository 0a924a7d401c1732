#include "core/requests.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace cu::core {
namespace {

using Json = nlohmann::json;
using port::Method;

port::Request Of(const planner::Action& act) {
  const Prepared prepared = RequestFor(act, {"jobs", "77"});
  REQUIRE(std::holds_alternative<port::Request>(prepared));
  return std::get<port::Request>(prepared);
}

TEST_CASE("every act on a node is an apply with its UID and never forced", "[core]") {
  const std::vector<planner::Action> acts = {
      planner::CordonNode{"n1", "uid-1", "up/uid-up", ""},
      planner::ReleaseNode{"n1", "uid-1", "5"},
      planner::SetNodeHints{"n1", "uid-1", true, true, true}};
  for (const auto& act : acts) {
    const auto request = Of(act);
    CHECK(request.method == Method::kApply);
    CHECK(request.target.starts_with("/api/v1/nodes/n1?fieldManager="));
    CHECK(request.target.find("force") == std::string::npos);
    CHECK(Json::parse(request.body)["metadata"]["uid"] == "uid-1");
  }
}

TEST_CASE("a cordon carries its owner, a release nothing but the version it is meant for",
          "[core]") {
  const Json cordon =
      Json::parse(Of(planner::CordonNode{"n1", "uid-1", "up/uid-up", "v1.36.3"}).body);
  CHECK(cordon["spec"]["unschedulable"] == true);
  CHECK(cordon["metadata"]["annotations"] ==
        Json{{"clusterupgrade.io/cordoned-by", "up/uid-up"},
             {"clusterupgrade.io/desired-version", "v1.36.3"}});

  const Json kept = Json::parse(Of(planner::CordonNode{"n1", "uid-1", "", ""}).body);
  CHECK(kept["spec"]["unschedulable"] == true);
  CHECK_FALSE(kept["metadata"].contains("annotations"));

  const Json release = Json::parse(Of(planner::ReleaseNode{"n1", "uid-1", "5"}).body);
  CHECK(release["metadata"]["resourceVersion"] == "5");
  CHECK_FALSE(release.contains("spec"));
  CHECK_FALSE(release["metadata"].contains("annotations"));
}

TEST_CASE("the optional marks have their own field manager", "[core]") {
  const auto set = Of(planner::SetNodeHints{"n1", "uid-1", true, true, true});
  CHECK(set.target.ends_with("=cluster-upgrade-controller-marks"));
  const Json labels = Json::parse(set.body)["metadata"]["labels"];
  CHECK(labels.contains("node.kubernetes.io/exclude-from-external-load-balancers"));
  const Json less =
      Json::parse(Of(planner::SetNodeHints{"n1", "uid-1", false, true, true}).body)["metadata"];
  CHECK_FALSE(less.contains("labels"));
  CHECK(less["annotations"].size() == 2);
  const Json none = Json::parse(Of(planner::SetNodeHints{"n1", "uid-1"}).body)["metadata"];
  CHECK_FALSE(none.contains("labels"));
  CHECK_FALSE(none.contains("annotations"));
}

TEST_CASE("whatever makes a pod or a Job go away names its UID", "[core]") {
  const auto evict = Of(planner::EvictPod{"team", "web-0", "uid-p", 5, {}});
  CHECK(evict.method == Method::kPost);
  CHECK(evict.target == "/api/v1/namespaces/team/pods/web-0/eviction");
  CHECK(Json::parse(evict.body)["deleteOptions"]["preconditions"]["uid"] == "uid-p");

  const auto pod = Of(planner::DeletePod{"team", "web-0", "uid-p"});
  CHECK(pod.method == Method::kDelete);
  CHECK(Json::parse(pod.body)["preconditions"]["uid"] == "uid-p");

  const auto job = Of(planner::DeleteJob{"cu-n1", "uid-j"});
  CHECK(job.target == "/apis/batch/v1/namespaces/jobs/jobs/cu-n1");
  CHECK(Json::parse(job.body)["preconditions"]["uid"] == "uid-j");
  CHECK(Json::parse(job.body)["propagationPolicy"] == "Background");

  const auto expire = Of(planner::ExpireJob{"cu-n1", "uid-j", 3600});
  CHECK(expire.method == Method::kMergePatch);
  CHECK(Json::parse(expire.body)["metadata"]["uid"] == "uid-j");
}

TEST_CASE("a Job is created in the namespace of Jobs, and judged there by a dry run", "[core]") {
  planner::CreateJob act;
  act.job.name = "cu-n1";
  act.job.node = "n1";
  act.job.upgrade = "up";
  act.job.version = "v1.36.3";
  act.job.pod_template = R"({"spec":{"containers":[{"name":"c","image":"i"}]}})";
  CHECK(Of(act).target == "/apis/batch/v1/namespaces/jobs/jobs");
  act.dry_run = true;
  CHECK(Of(act).target == "/apis/batch/v1/namespaces/jobs/jobs?dryRun=All");
}

TEST_CASE("a template of which no Job can be made is refused without a request", "[core]") {
  planner::CreateJob act;
  act.job.name = "cu-n1";
  act.job.pod_template = "[";
  const Prepared prepared = RequestFor(act, {"jobs", ""});
  REQUIRE(std::holds_alternative<Judgement>(prepared));
  CHECK(std::get<Judgement>(prepared).outcome == planner::Outcome::kInvalid);
  CHECK_FALSE(std::get<Judgement>(prepared).message.empty());
}

TEST_CASE("finalizers and statuses are written against the version planned on", "[core]") {
  const auto finalizer = Of(planner::SetFinalizer{"up", "uid-up", {"clusterupgrade.io/release"}});
  CHECK(finalizer.method == Method::kJsonPatch);
  CHECK(Json::parse(finalizer.body)[0]["value"] == "77");
  const auto status = StatusWrite("up", "78", {});
  CHECK(status.target.ends_with("/clusterupgrades/up/status"));
  CHECK(Json::parse(status.body)[0]["value"] == "78");
}

}  // namespace
}  // namespace cu::core
