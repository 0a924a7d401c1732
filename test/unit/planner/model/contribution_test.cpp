#include "planner/model/contribution.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a plan wakes at the earliest time that a part asks for", "[planner]") {
  const base::SteadyTime at(std::chrono::hours(1));
  Contribution add;
  add.WakeAt(std::nullopt);
  CHECK_FALSE(add.wake_at);
  add.WakeAt(at);
  add.WakeAt(at + std::chrono::seconds(1));
  CHECK(add.wake_at == at);
  add.WakeAt(at - std::chrono::seconds(1));
  add.WakeAt(std::nullopt);
  CHECK(add.wake_at == at - std::chrono::seconds(1));
}

TEST_CASE("contributions are put together in their order, nothing is lost", "[planner]") {
  const base::SteadyTime at(std::chrono::hours(1));
  const auto part = [&](const std::string& name) {
    Contribution add;
    add.Want(CordonNode{name, "", "mark", ""});
    add.Watch(WatchKind::kNodeLease, name);
    add.Warn(Finding::Warns(api::FindingType::kPinnedPod, name, ""));
    add.refusals.push_back(Finding::Blocks(api::FindingType::kTwoBudgets, name, ""));
    add.WakeAt(at);
    return add;
  };
  Contribution all = part("a");
  all.WakeAt(at + std::chrono::hours(1));
  all.Add(part("b"));
  CHECK(Describe(all.actions) == Lines{"Cordon a", "Cordon b"});
  CHECK(all.watches ==
        std::set<WantedWatch>{{WatchKind::kNodeLease, "a"}, {WatchKind::kNodeLease, "b"}});
  REQUIRE(all.warnings.size() == 2);
  CHECK(all.warnings[1].object == "b");
  REQUIRE(all.refusals.size() == 2);
  CHECK(all.refusals[1].object == "b");
  CHECK(all.wake_at == at);
}
