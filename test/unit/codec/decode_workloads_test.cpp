#include <vector>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("a PodDisruptionBudget gives numbers, percentages and its selector", "[codec]") {
  const auto decoded = Decode<api::PodDisruptionBudget>(Testdata("pod_disruption_budget.json"));
  REQUIRE(decoded.ok());
  const api::PodDisruptionBudget& budget = *decoded;
  CHECK(budget.min_available == api::IntOrPercent{50, true});
  CHECK_FALSE(budget.max_unavailable.has_value());
  CHECK(budget.meta.generation == 3);
  CHECK(budget.observed_generation == 3);
  CHECK(budget.disruptions_allowed == 1);
  CHECK(budget.current_healthy == 3);
  CHECK(budget.desired_healthy == 2);
  CHECK(budget.expected_pods == 4);
  REQUIRE(budget.selector.has_value());
  CHECK(budget.selector->match_labels == api::StringMap{{"app", "web"}});
  CHECK(budget.selector->match_expressions ==
        std::vector<api::SelectorRequirement>{
            {"tier", api::SelectorOperator::kNotIn, {"batch", "test"}},
            {"app", api::SelectorOperator::kExists, {}}});
}

TEST_CASE("a budget tells whether it lets unhealthy pods go, and why its pods are not counted",
          "[codec]") {
  const auto budget = Decode<api::PodDisruptionBudget>(
      R"({"metadata":{"name":"b"},"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"},
          "status":{"conditions":[{"type":"DisruptionAllowed","status":"False",
          "reason":"SyncFailed","message":"found no controllers for pod"}]}})");
  REQUIRE(budget.ok());
  CHECK(budget->lets_unhealthy_go);
  CHECK(budget->sync_failure == "SyncFailed: found no controllers for pod");
  const auto full = Decode<api::PodDisruptionBudget>(
      R"({"metadata":{"name":"b"},"spec":{"unhealthyPodEvictionPolicy":"IfHealthyBudget"},
          "status":{"conditions":[{"type":"DisruptionAllowed","status":"False",
          "reason":"InsufficientPods"}]}})");
  REQUIRE(full.ok());
  CHECK_FALSE(full->lets_unhealthy_go);
  CHECK(full->sync_failure.empty());
}

TEST_CASE("a DaemonSet tells which nodes it is for", "[codec]") {
  const auto set = Decode<api::DaemonSet>(
      R"({"metadata":{"name":"net","namespace":"kube-system"},"spec":{"template":{"spec":{
          "nodeSelector":{"gpu":"yes"},"containers":[{"name":"a"}]}}}})");
  REQUIRE(set.ok());
  CHECK(set->meta.Key() == "kube-system/net");
  CHECK(set->placement.Fits("a", {{"gpu", "yes"}}));
  CHECK_FALSE(set->placement.Fits("a", {}));
}

TEST_CASE("a budget without selector selects nothing, an empty one everything", "[codec]") {
  const auto none =
      Decode<api::PodDisruptionBudget>(R"({"metadata":{"name":"b"},"spec":{"maxUnavailable":0}})");
  REQUIRE(none.ok());
  CHECK_FALSE(none->selector.has_value());
  CHECK(none->max_unavailable == api::IntOrPercent{0, false});
  const auto all =
      Decode<api::PodDisruptionBudget>(R"({"metadata":{"name":"b"},"spec":{"selector":{}}})");
  REQUIRE(all.ok());
  REQUIRE(all->selector.has_value());
  CHECK(all->selector->empty());
}

TEST_CASE("a Job is failed by its condition Failed, not by FailureTarget", "[codec]") {
  const auto failed = Decode<api::Job>(Testdata("job.json"));
  REQUIRE(failed.ok());
  CHECK(failed->failed);
  CHECK_FALSE(failed->complete);
  CHECK(failed->failure_reason == "BackoffLimitExceeded");
  CHECK(failed->failure_message == "Job has reached the specified backoff limit");
  CHECK(failed->ttl_seconds == 3600);
  CHECK(failed->meta.annotations == api::StringMap{{"clusterupgrade.io/attempt", "2"},
                                                   {"clusterupgrade.io/version", "v1.36.3+k3s1"}});
  CHECK(failed->meta.labels.at("clusterupgrade.io/version") == "v1.36.3_k3s1");

  const auto failing = Decode<api::Job>(
      R"({"metadata":{"name":"j"},"status":{"conditions":[{"type":"FailureTarget","status":"True"},
          {"type":"Failed","status":"False","reason":"x"}]}})");
  REQUIRE(failing.ok());
  CHECK_FALSE(failing->failed);
  CHECK(failing->failure_reason.empty());

  const auto complete = Decode<api::Job>(
      R"({"metadata":{"name":"j"},"status":{"conditions":[{"type":"Complete","status":"True"}]}})");
  REQUIRE(complete.ok());
  CHECK(complete->complete);
}
