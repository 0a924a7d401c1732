#include "planner/gates/look_ahead.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
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

TEST_CASE("the next node is looked at when every node in work is nearly done", "[planner]") {
  struct Case {
    api::NodeStep step;
    bool looks;
  };
  for (const Case& c : {Case{api::NodeStep::kCordoning, false},
                        Case{api::NodeStep::kDraining, false},
                        Case{api::NodeStep::kUpgrading, false},
                        Case{api::NodeStep::kVerifying, true},
                        Case{api::NodeStep::kUncordoning, true}}) {
    CAPTURE(NameOf(c.step));
    Scene scene = Workers(4);
    scene.status().in_progress = {EntryFor("worker-1", api::NodeStep::kVerifying),
                                  EntryFor("worker-2", c.step)};
    const Asking asking(LookAhead, scene);
    CHECK(asking.Watches(WatchKind::kPodsOnNode, "worker-3") == c.looks);
    CHECK_FALSE(asking.Watches(WatchKind::kPodsOnNode, "worker-4"));
    CHECK(asking.reason().empty());
    CHECK(asking.start().empty());
  }
}
