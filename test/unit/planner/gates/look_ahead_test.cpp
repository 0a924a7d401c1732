#include "planner/gates/look_ahead.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the pods of the next node are watched while the last one is verified", "[planner]") {
  Scene scene = Workers(2);
  InstantCluster cluster(scene);
  cluster.Run();
  CHECK(scene.StepOf("worker-1") == "Upgrading");
  CHECK_FALSE(scene.open.contains({WatchKind::kPodsOnNode, "worker-2"}));
  scene.node("worker-1").kubelet_version = kNew;
  cluster.Run();
  CHECK(scene.StepOf("worker-1") == "Verifying");
  CHECK(scene.open.contains({WatchKind::kPodsOnNode, "worker-2"}));
  CHECK(scene.InWork() == "worker-1");
}
