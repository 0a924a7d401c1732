#include "planner/gates/unhealthy.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a blip of the watches does not start the quarter of an hour again", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").NotReady());
  scene.Settle();
  scene.Pass(14 * 60);
  scene.current = false;
  scene.Settle();
  REQUIRE(scene.Conditions() == "F T F WaitingForWatches");
  scene.current = true;
  SECTION("nothing else happens") {
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "F F T NodesUnhealthy");
  }
  SECTION("a pause does") {
    scene.spec().paused = true;
    scene.Settle();
    scene.spec().paused = false;
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
}

TEST_CASE("a quarter of an hour of waiting for nodes is a matter for a person", "[planner]") {
  const base::SteadyTime start(std::chrono::hours(1));
  const Hold waits = Hold::Passing(api::HoldReason::kWaitingForNodes, "waiting for w");
  GateMemory memory;
  std::vector<Hold> holds = {waits};
  StallIfUnhealthyForLong(start, false, holds, memory);
  CHECK(holds[0].kind == Hold::Kind::kPassing);
  CHECK(holds[0].wake_at == start + std::chrono::minutes(15));
  CHECK(memory.idle_since == start);
  const base::SteadyTime then = start + std::chrono::minutes(15);

  SECTION("it is over") {
    StallIfUnhealthyForLong(then, false, holds, memory);
    CHECK(holds[0].reason == api::HoldReason::kNodesUnhealthy);
    CHECK(holds[0].kind == Hold::Kind::kNeedsPerson);
    CHECK(holds[0].message == "waiting for w; repair them");
    CHECK_FALSE(holds[0].wake_at);
  }
  SECTION("a moment before") {
    StallIfUnhealthyForLong(then - std::chrono::seconds(1), false, holds, memory);
    CHECK(holds[0].reason == api::HoldReason::kWaitingForNodes);
    CHECK(holds[0].wake_at == then);
  }
  SECTION("what passes otherwise changes neither the hold nor the clock") {
    holds = {Hold::Passing(api::HoldReason::kWaitingForWatches, "")};
    StallIfUnhealthyForLong(then, false, holds, memory);
    CHECK(holds[0].reason == api::HoldReason::kWaitingForWatches);
    CHECK(memory.idle_since == start);
  }
  SECTION("nodes in work stop the clock") {
    StallIfUnhealthyForLong(then, true, holds, memory);
    CHECK_FALSE(memory.idle_since);
  }
  SECTION("so does what needs a person, a pause, and no hold at all") {
    holds = GENERATE(std::vector<Hold>{},
                     std::vector<Hold>{Hold::Paused("")},
                     std::vector<Hold>{Hold::NeedsPerson(api::HoldReason::kTooManyFailed, "")});
    StallIfUnhealthyForLong(then, false, holds, memory);
    CHECK_FALSE(memory.idle_since);
  }
}
