#include "core/telemetry/view_builder.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"
#include "unit/planner/builders.hpp"

namespace cu::core {
namespace {

using planner::After;
using planner::UpgradeBuilder;
using planner::Worker;
using namespace std::chrono_literals;

struct Bench {
  void Adopt(api::Node node) {
    node.meta.resource_version = std::to_string(++version);
    watches.nodes().Adopt(std::move(node));
  }
  void Adopt(api::ClusterUpgrade upgrade) {
    upgrade.meta.resource_version = std::to_string(++version);
    watches.upgrades().Adopt(std::move(upgrade));
  }
  View Build(bool leader = true, bool synced = true) {
    const auto until = leader ? std::optional(wire.now.steady + 10s) : std::nullopt;
    return *BuildView(
        {&watches, &scopes, "", &wire.calls.stats(), &progress, &evictions, until, synced},
        wire.now);
  }

  int version = 100;
  Wire wire;
  Watches watches{{{"system", "jobs"}, {}}};
  Scopes scopes;
  Progress progress;
  std::map<std::string, std::uint64_t> evictions;
};

api::HistoryEntry Entry(api::RunResult result, int completed) {
  return {"v1.36.3", planner::kStart, After(completed), result};
}

double ProgressOf(const std::string& text) {
  Bench bench;
  bench.Adopt(UpgradeBuilder().With([&](auto& upgrade) { upgrade.status.progress = text; }));
  return bench.Build().upgrades.at(0).progress;
}

TEST_CASE("a view says when it was made, by whom, and what was known", "[core]") {
  Bench bench;
  const View standby = bench.Build(false, true);
  CHECK(standby.made_at == bench.wire.now.steady);
  CHECK_FALSE(standby.leader);
  CHECK(standby.synced);
  CHECK(standby.upgrades.empty());
  const View fresh = bench.Build(true, false);
  CHECK(fresh.leader);
  CHECK(fresh.leads_until == bench.wire.now.steady + 10s);
  CHECK_FALSE(fresh.synced);
}

TEST_CASE("a standby knows the objects and shows none: the leader does", "[core]") {
  Bench bench;
  bench.Adopt(Worker("n1"));
  bench.Adopt(UpgradeBuilder().With([](auto& upgrade) {
    upgrade.status.in_progress.resize(1);
    upgrade.status.in_progress[0].name = "n1";
    upgrade.status.in_progress[0].blocked_by.resize(1);
  }));
  const View standby = bench.Build(false);
  CHECK(standby.upgrades.empty());
  CHECK(standby.blocked.empty());
  const View leader = bench.Build(true);
  CHECK(leader.upgrades.size() == 1);
  CHECK(leader.blocked.size() == 1);
}

TEST_CASE("each object is shown with its target and its conditions", "[core]") {
  Bench bench;
  bench.Adopt(UpgradeBuilder("b").To("v1.36.9"));
  bench.Adopt(UpgradeBuilder("a").With([](auto& upgrade) {
    upgrade.spec.paused = true;
    upgrade.status.progress = "1/4";
    upgrade.status.conditions.resize(2);
    upgrade.status.conditions[0].status = api::ConditionStatus::kTrue;
    upgrade.status.conditions[1].type = api::ConditionType::kStalled;
    upgrade.status.conditions[1].status = api::ConditionStatus::kFalse;
  }));
  const View view = bench.Build();
  REQUIRE(view.upgrades.size() == 2);
  CHECK(view.upgrades[0].name == "a");
  CHECK(view.upgrades[0].version == planner::kNew);
  CHECK(view.upgrades[0].paused);
  CHECK(view.upgrades[0].progress == 0.25);
  CHECK(view.upgrades[0].conditions ==
        std::map<std::string, std::string>{{"Ready", "True"}, {"Stalled", "False"}});
  CHECK(view.upgrades[1].name == "b");
  CHECK(view.upgrades[1].version == "v1.36.9");
  CHECK_FALSE(view.upgrades[1].paused);
}

TEST_CASE("progress is a ratio, and none where it cannot be read", "[core]") {
  CHECK(ProgressOf("3/6") == 0.5);
  CHECK(ProgressOf("6/6") == 1.0);
  for (const char* text : {"", "0/0", "3", "3/", "/6", "x/6", "3-6", "3/0"}) {
    CHECK(ProgressOf(text) == 0);
  }
}

TEST_CASE("nodes are counted by their pool and state", "[core]") {
  Bench bench;
  bench.Adopt(UpgradeBuilder().With([](auto& upgrade) {
    upgrade.status.in_progress.resize(1);
    upgrade.status.in_progress[0].name = "n2";
    upgrade.status.in_progress[0].uid = "n2-uid";
  }));
  bench.Adopt(planner::ControlPlaneNode("m1"));
  bench.Adopt(Worker("n1").At(planner::kNew));
  bench.Adopt(Worker("n2"));
  bench.Adopt(Worker("n3"));
  bench.Adopt(Worker("n4"));
  CHECK(bench.Build().upgrades.at(0).nodes ==
        std::map<PoolState, int>{{{"control-plane", "pending"}, 1},
                                 {{"workers", "pending"}, 2},
                                 {{"workers", "upgraded"}, 1},
                                 {{"workers", "upgrading"}, 1}});
}

TEST_CASE("the last success is the latest run that was completed", "[core]") {
  Bench bench;
  bench.Adopt(UpgradeBuilder());
  CHECK_FALSE(bench.Build().upgrades.at(0).last_success);
  bench.Adopt(UpgradeBuilder().With([](auto& upgrade) {
    upgrade.status.history = {Entry(api::RunResult::kSuperseded, 900),
                              Entry(api::RunResult::kCompleted, 100),
                              Entry(api::RunResult::kCompleted, 300),
                              Entry(api::RunResult::kCompleted, 200)};
    upgrade.status.history.push_back(
        {"v1.36.3", planner::kStart, std::nullopt, api::RunResult::kCompleted});
  }));
  CHECK(bench.Build().upgrades.at(0).last_success == After(300));
}

TEST_CASE("each reason that blocks a drain is shown once for its node, in order", "[core]") {
  Bench bench;
  bench.Adopt(UpgradeBuilder().With([](auto& upgrade) {
    auto& nodes = upgrade.status.in_progress;
    nodes.resize(2);
    nodes[0].name = "n2";
    nodes[0].blocked_by.resize(2);
    nodes[0].blocked_by[0].reason = api::BlockReason::kDisruptionBudget;
    nodes[0].blocked_by[1] = nodes[0].blocked_by[0];
    nodes[1].name = "n1";
    nodes[1].blocked_by = nodes[0].blocked_by;
  }));
  CHECK(bench.Build().blocked ==
        std::vector<BlockedDrain>{{"n1", "DisruptionBudget"}, {"n2", "DisruptionBudget"}});
}

TEST_CASE("a view holds the counters of its sources", "[core]") {
  Bench bench;
  bench.evictions["429"] = 3;
  api::ClusterUpgradeStatus failed;
  failed.failures.resize(1);
  failed.failures[0].reason = api::FailureReason::kJobFailed;
  bench.progress.Committed("up", {}, failed, bench.wire.now.wall);
  bench.watches.Serve(bench.wire.now, bench.wire.calls);
  const Wire::Open list = bench.wire.Find("/api/v1/nodes?");
  bench.watches.Handle(
      list.id, bench.wire.Answer(list, 200, PageOf()), bench.wire.now, bench.wire.calls);
  bench.wire.Pass(4s);
  const View view = bench.Build();
  CHECK(view.evictions == bench.evictions);
  CHECK(view.node_failures.at("JobFailed") == 1);
  CHECK(view.step_seconds.contains("Draining"));
  CHECK(view.calls.requests.at({"GET", "200"}) == 1);
  CHECK(view.staleness_seconds == std::map<std::string, double>{{"nodes", 4.0}});
}

}  // namespace
}  // namespace cu::core
