#include "planner/gates/freshness.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
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

TEST_CASE("an old view of the cluster passes by itself", "[planner]") {
  Scene scene = Workers(1);
  CHECK(Asking(AskFreshness, scene).reason().empty());
  scene.current = false;
  const Asking asking(AskFreshness, scene);
  CHECK(asking.reason() == "WaitingForWatches");
  CHECK(asking.result().hold->kind == Hold::Kind::kPassing);
}
