#include "planner/gates/freshness.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("nothing is started while the state of the cluster is unknown", "[planner]") {
  Scene scene = Workers(1);
  scene.current = false;
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForWatches");
}
