#include "codec/decode/read_budget.hpp"

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
