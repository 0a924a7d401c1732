#include "planner/gates/pause.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("paused from the start: the plan can be reviewed, nothing is begun", "[planner]") {
  Scene scene = Workers(2);
  scene.spec().paused = true;
  scene.Add("worker-1", PodBuilder("alone").Unmanaged());
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F F Paused");
  CHECK(scene.status().warnings.size() == 1);
  CHECK(scene.status().hops.size() == 1);
  CHECK(scene.ConditionOf("PreflightPassed") == "True NoObjections");

  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  scene.Settle();
  CHECK(scene.Conditions() == "F F F Paused");
  CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
}

TEST_CASE("a pause is neither progress nor a fault, and a deletion does not heed it", "[planner]") {
  Scene scene = Workers(1);
  CHECK(Asking(AskPause, scene).reason().empty());
  scene.spec().paused = true;
  const Asking asking(AskPause, scene);
  CHECK(asking.reason() == "Paused");
  CHECK(asking.message() == "spec.paused is true");
  CHECK(asking.result().hold->kind == Hold::Kind::kPaused);
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(Asking(AskPause, scene).reason().empty());
}
