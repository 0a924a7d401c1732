#include <catch2/catch.hpp>

#include "model/cluster.hpp"

using namespace std::chrono_literals;
using cu::port::Method;
using cu::port::Response;
using cu::simulation::Cluster;
using cu::simulation::Json;
using cu::simulation::Kind;
using cu::simulation::PodOptions;

namespace {

const std::string kPods = "/api/v1/namespaces/a/pods";

Response Ask(Cluster& cluster, Method method, const std::string& target, const Json& body) {
  return cluster.server.Serve({method, target, body.dump(), false}, "a/1");
}

void RunFor(Cluster& cluster, cu::simulation::Duration duration) {
  bool over = false;
  cluster.timeline.After(duration, [&] { over = true; });
  while (!over && cluster.timeline.Step()) {
  }
}

PodOptions OptionsFor(const std::string& name, const std::string& node) {
  PodOptions options;
  options.ns = "a";
  options.name = name;
  options.app = "x";
  options.node = node;
  return options;
}

Json PodOf(Cluster& cluster, const std::string& key) {
  const auto pod = cluster.database.Find(Kind::kPod, key);
  return pod == nullptr ? Json() : pod->value();
}

}  // namespace

TEST_CASE("A pod is created once, and gets what admission adds", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  const Json pod = MakePod(OptionsFor("p", ""));
  REQUIRE(Ask(cluster, Method::kPost, kPods, pod).status == 201);
  CHECK(Ask(cluster, Method::kPost, kPods, pod).status == 409);
  CHECK(PodOf(cluster, "a/p")["spec"]["volumes"].size() == 1);
  RunFor(cluster, 10s);
  CHECK(PodOf(cluster, "a/p")["status"]["phase"] == "Running");
}

TEST_CASE("A pod that carries another's token or a computed priority is refused", "[model]") {
  Cluster cluster(1);
  Json admitted = MakePod(OptionsFor("p", ""));
  cu::simulation::ApplyAdmission(admitted);
  CHECK(Ask(cluster, Method::kPost, kPods, admitted).status == 422);
  admitted["spec"].erase("volumes");
  CHECK(Ask(cluster, Method::kPost, kPods, admitted).status == 403);
}

TEST_CASE("A right that was taken away is missed by the call and by the review", "[model]") {
  Cluster cluster(1);
  const Json review{{"spec", {{"resourceAttributes", {{"verb", "create"}, {"resource", "pods"}}}}}};
  const std::string reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const auto allowed = [&] {
    return Json::parse(Ask(cluster, Method::kPost, reviews, review).body)["status"]["allowed"];
  };
  CHECK(allowed() == true);
  cluster.server.SetPermission("create pods", false);
  CHECK(allowed() == false);
  CHECK(Ask(cluster, Method::kPost, kPods, MakePod(OptionsFor("p", ""))).status == 403);
}

TEST_CASE("A volume leaves its node some time after the pod", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  PodOptions options = OptionsFor("p", "n1");
  options.claim = "data";
  cluster.volumes.Add("a", "data", "");
  cluster.workloads.AddPod(options);
  RunFor(cluster, 20s);
  REQUIRE(cluster.database.All(Kind::kAttachment).size() == 1);
  CHECK(PodOf(cluster, "a/p")["status"]["phase"] == "Running");
  Ask(cluster, Method::kDelete, kPods + "/p", Json::object());
  RunFor(cluster, 40s);
  CHECK(PodOf(cluster, "a/p").is_null());
  CHECK(cluster.database.All(Kind::kAttachment).empty());
}

TEST_CASE("A stuck volume stays until it is repaired", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.volumes.set_stuck_rate(1);
  PodOptions options = OptionsFor("p", "n1");
  options.claim = "data";
  cluster.workloads.AddPod(options);
  RunFor(cluster, 20s);
  Ask(cluster, Method::kDelete, kPods + "/p", Json::object());
  RunFor(cluster, 300s);
  CHECK(cluster.database.All(Kind::kAttachment).size() == 1);
  cluster.volumes.RepairAll();
  RunFor(cluster, 40s);
  CHECK(cluster.database.All(Kind::kAttachment).empty());
}

TEST_CASE("A finalizer keeps a stopped pod for a while", "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  PodOptions options = OptionsFor("p", "n1");
  options.finalizer = true;
  cluster.workloads.AddPod(options);
  RunFor(cluster, 20s);
  Ask(cluster, Method::kDelete, kPods + "/p", {{"gracePeriodSeconds", 0}});
  CHECK(PodOf(cluster, "a/p")["metadata"].contains("deletionTimestamp"));
  RunFor(cluster, 90s);
  CHECK(PodOf(cluster, "a/p").is_null());
}

TEST_CASE("A budget that was edited refuses with Retry-After until its controller looked",
          "[model]") {
  Cluster cluster(1);
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.workloads.AddPod(OptionsFor("p", "n1"));
  cluster.budgets.Add("a", "b", "x", "maxUnavailable", 1);
  RunFor(cluster, 20s);
  cluster.EditBudget("a/b", [](Json& budget) { budget["spec"]["maxUnavailable"] = 2; });
  const Json eviction{
      {"metadata", {{"name", "p"}}},
      {"deleteOptions", {{"preconditions", {{"uid", PodOf(cluster, "a/p")["metadata"]["uid"]}}}}}};
  const Response refused = Ask(cluster, Method::kPost, kPods + "/p/eviction", eviction);
  CHECK(refused.status == 429);
  CHECK(refused.retry_after == 10s);
  CHECK(Json::parse(refused.body)["details"]["causes"][0]["reason"] == "DisruptionBudget");
  RunFor(cluster, 5s);
  CHECK(Ask(cluster, Method::kPost, kPods + "/p/eviction", eviction).status == 201);
}
