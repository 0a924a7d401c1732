#include "core/telemetry/progress.hpp"

#include <chrono>

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

using namespace std::chrono_literals;
using api::NodeStep;

base::WallTime At(std::chrono::seconds time) {
  return base::WallTime(time);
}

api::ClusterUpgradeStatus Working(NodeStep step, std::chrono::seconds since) {
  api::ClusterUpgradeStatus status;
  api::NodeInWork node;
  node.name = "n1";
  node.uid = "uid-1";
  node.step = step;
  node.step_time = At(since);
  status.in_progress.push_back(node);
  return status;
}

TEST_CASE("a step is measured from its beginning to the next step's, or to the node's leaving",
          "[core]") {
  Progress progress;
  const auto draining = Working(NodeStep::kDraining, 10s);
  const auto upgrading = Working(NodeStep::kUpgrading, 40s);
  CHECK(progress.Committed("up", draining, upgrading, At(45s)).size() == 1);
  CHECK(progress.Committed("up", upgrading, upgrading, At(50s)).empty());
  CHECK(progress.Committed("up", upgrading, {}, At(100s)).size() == 1);
  CHECK(progress.step_seconds().at("Draining").sum == 30);
  CHECK(progress.step_seconds().at("Upgrading").sum == 60);
  CHECK(progress.step_seconds().at("Upgrading").total == 1);
}

TEST_CASE("a clock that went back measures nothing below zero", "[core]") {
  Progress progress;
  progress.Committed("up", Working(NodeStep::kDraining, 100s), {}, At(20s));
  CHECK(progress.step_seconds().at("Draining").sum == 0);
}

TEST_CASE("a failure is counted once, by its reason, and is an error in the log", "[core]") {
  Progress progress;
  api::ClusterUpgradeStatus failed;
  api::NodeFailure failure;
  failure.name = "n1";
  failure.uid = "uid-1";
  failure.reason = api::FailureReason::kJobFailed;
  failed.failures.push_back(failure);
  const auto lines = progress.Committed("up", {}, failed, At(1s));
  progress.Committed("up", failed, failed, At(2s));
  CHECK(progress.node_failures().at("JobFailed") == 1);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == base::LogLevel::kError);
}

TEST_CASE("a change of keys is counted once, and again when it becomes hard", "[core]") {
  Progress progress;
  api::ClusterUpgradeStatus soft;
  soft.token_refresh.emplace().change.emplace().seen = At(1s);
  api::ClusterUpgradeStatus hard = soft;
  hard.token_refresh->change->urgency = api::TokenUrgency::kHard;
  progress.Committed("up", {}, soft, At(1s));
  progress.Committed("up", soft, soft, At(2s));
  progress.Committed("up", soft, hard, At(3s));
  CHECK(progress.key_changes() == std::map<std::string, std::uint64_t>{{"Hard", 1}, {"Soft", 1}});
}

TEST_CASE("workloads are counted when their pods are replaced, or when they fail", "[core]") {
  Progress progress;
  api::ClusterUpgradeStatus before;
  before.token_refresh.emplace();
  api::ClusterUpgradeStatus after = before;
  after.token_refresh->replaced = 2;
  after.token_refresh->failures.resize(1);
  progress.Committed("up", before, after, At(1s));
  progress.Committed("up", after, after, At(2s));
  progress.Committed("up", after, before, At(3s));  // another change begins
  CHECK(progress.refreshed() ==
        std::map<std::string, std::uint64_t>{{"failed", 1}, {"replaced", 2}});
}

TEST_CASE("only Stalled is an error among conditions, and a kept one is not told again", "[core]") {
  Progress progress;
  api::ClusterUpgradeStatus stalled;
  api::Condition condition;
  condition.type = api::ConditionType::kStalled;
  condition.status = api::ConditionStatus::kTrue;
  condition.reason = "SkewViolated";
  stalled.conditions.push_back(condition);
  const auto lines = progress.Committed("up", {}, stalled, At(1s));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == base::LogLevel::kError);
  CHECK(progress.Committed("up", stalled, stalled, At(2s)).empty());
}

}  // namespace
}  // namespace cu::core
