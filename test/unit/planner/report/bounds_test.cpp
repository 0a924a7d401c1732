#include "planner/report/bounds.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::string Long(std::size_t size, char letter = 'x') {
  return std::string(size, letter);
}

/// As many nodes in work and failed ones as the CRD allows, each with all that a tenant can make
/// long.
api::ClusterUpgradeStatus Hostile(char letter) {
  api::ClusterUpgradeStatus status;
  for (int i = 0; i < 6; ++i) {
    status.conditions.push_back(
        {api::ConditionType::kReady, {}, "Upgraded", Long(100'000, letter), 1, {}});
  }
  for (int i = 0; i < 50; ++i) {
    api::NodeInWork entry;
    entry.name = "node-" + std::to_string(i);
    entry.uid = Long(36);
    entry.message = entry.released_for = Long(50'000, letter);
    entry.daemon_sets.assign(50, Long(317));
    entry.blocked_by.assign(5, {api::BlockerKind::kPod, Long(63), Long(253), {}, {}});
    status.in_progress.push_back(entry);
  }
  for (int i = 0; i < 100; ++i) {
    api::NodeFailure failure;
    failure.name = "node-" + std::to_string(i);
    failure.message = Long(50'000, letter);
    failure.daemon_sets.assign(50, Long(317));
    status.failures.push_back(failure);
    status.postponed.push_back({"node-" + std::to_string(i), Long(36), {}, {}});
  }
  status.token_refresh.emplace();
  status.token_refresh->laggards.assign(20, Long(50'000, letter));
  api::WorkloadInWork workload;
  workload.workload = {Long(63), Long(63), Long(253)};
  workload.message = Long(50'000, letter);
  status.token_refresh->in_progress.assign(20, workload);
  status.token_refresh->failures.assign(
      70, {workload.workload, api::RefreshFailure::kNotReplaced, Long(50'000, letter), {}});
  status.warnings.assign(20,
                         {api::FindingType::kTwoBudgets, Long(317, letter), Long(50'000, letter)});
  return status;
}

}  // namespace

TEST_CASE("a status of usual size stays as it is", "[planner]") {
  api::ClusterUpgradeStatus status;
  status.conditions.push_back({api::ConditionType::kReady, {}, "Upgraded", Long(16384), 1, {}});
  api::NodeInWork entry;
  entry.name = "w";
  entry.message = Long(1024);
  entry.daemon_sets.assign(50, "kube-system/proxy");
  entry.blocked_by.resize(5);
  status.in_progress.push_back(entry);
  CHECK(WithinBounds(status) == status);
}

TEST_CASE("whatever the cluster holds, the status stays under its bound", "[planner]") {
  const char letter = GENERATE('x', '"', '\n', '\xFF');
  const api::ClusterUpgradeStatus cut = WithinBounds(Hostile(letter));
  CHECK(LargestSize(cut) <= kStatusMax);
  CHECK(cut.in_progress.size() == 50);
  CHECK(cut.failures.size() == 100);
  CHECK(cut.in_progress.front().name == "node-0");
  CHECK(WithinBounds(cut) == cut);
}

TEST_CASE("a text that was cut ends in a mark, between two letters", "[planner]") {
  api::ClusterUpgradeStatus status;
  std::string letters;
  for (int i = 0; i < 10'000; ++i) {
    letters += "\xC3\xA4";
  }
  status.conditions.push_back({api::ConditionType::kReady, {}, "Upgraded", letters, 1, {}});
  const std::string cut = WithinBounds(status).conditions.front().message;
  CHECK(cut.size() <= 16384);
  CHECK(cut.ends_with("\xC3\xA4\xE2\x80\xA6"));
}

TEST_CASE("each level is tighter than the one before, and what blocks is counted", "[planner]") {
  api::ClusterUpgradeStatus status = Hostile('x');
  status.in_progress.resize(1);
  status.failures.clear();
  status.token_refresh->failures.clear();
  std::size_t before = LargestSize(status);
  for (int level = 0; level <= kTightestLevel; ++level) {
    const api::ClusterUpgradeStatus cut = WithinBounds(status, level);
    CHECK(LargestSize(cut) < before);
    before = LargestSize(cut);
    const api::NodeInWork& entry = cut.in_progress.front();
    CHECK(entry.blocked_by.size() + static_cast<std::size_t>(entry.blocked_by_more) == 5);
    CHECK_FALSE(entry.blocked_by.empty());
  }
  CHECK(WithinBounds(status, 1).in_progress.front().daemon_sets.size() == 50);
  CHECK(WithinBounds(status, kTightestLevel).in_progress.front().daemon_sets.empty());
}

TEST_CASE("there is no level beyond the tightest", "[planner]") {
  CHECK(test::RunApart([] {
          WithinBounds({}, kTightestLevel + 1);
        }).Broke("level >= 0 && level <= kTightestLevel"));
}
