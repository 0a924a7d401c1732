#include "planner/nodes/marked_nodes.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a cordon of ours that lost its meaning is lifted", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").At(kNew).CordonedByUs());
  SECTION("nobody knows why it is there") {}
  SECTION("the node failed before it was changed") {
    scene.Add(Worker("w").CordonedByUs());
    scene.status().failures.push_back({"w",
                                       "w-uid",
                                       api::NodeStep::kDraining,
                                       kNew,
                                       0,
                                       api::FailureReason::kDrainTimeout,
                                       "",
                                       kStart,
                                       false,
                                       false});
  }
  SECTION("the object is being deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  InstantCluster(scene).Run();
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.node("w").meta.annotations.empty());
  CHECK(scene.InWork().empty());
}

TEST_CASE("no more nodes are in work than the status can hold", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew));
  for (int i = 0; i < 70; ++i) {
    scene.Add(Worker("w-" + std::to_string(i)).CordonedByUs());
  }
  scene.Settle();
  CHECK(scene.status().in_progress.size() == 50);
}
