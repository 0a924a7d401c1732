#include "planner/gates/unhealthy.hpp"

#include <string>

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
