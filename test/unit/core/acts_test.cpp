#include "core/acts.hpp"

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

struct Bench {
  std::vector<std::string> Sendable(const std::vector<planner::Action>& wanted) {
    std::vector<std::string> names;
    for (const Acts::Wanted& one : acts.Sendable(wanted, {"jobs", "1"}, watches, now)) {
      names.push_back(NameOf(one.asked.key.object));
    }
    return names;
  }
  void Send(const std::vector<planner::Action>& wanted) {
    for (Acts::Wanted& one : acts.Sendable(wanted, {"jobs", "1"}, watches, now)) {
      REQUIRE(acts.Send(std::move(one), now.steady + std::chrono::hours(1), now, calls));
    }
  }

  base::Now now{base::WallTime{}, base::SteadyTime(std::chrono::hours(1))};
  Watches watches{{"system", "jobs", {}}};
  kube::Calls calls{1};
  Acts acts{1};
};

TEST_CASE("two acts on one object are never in flight together", "[core]") {
  Bench bench;
  const planner::Action cordon = planner::CordonNode{"n", "n-uid", "production/1", ""};
  const planner::Action release = planner::ReleaseNode{"n", "n-uid", "7"};
  CHECK(bench.Sendable({cordon, release}) == std::vector<std::string>{"node/n"});
  bench.Send({cordon});
  CHECK(bench.Sendable({release}).empty());
}

}  // namespace
}  // namespace cu::core
