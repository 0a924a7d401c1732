#include "planner/gates/others.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("an object that is no longer the oldest gives back what it began", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add("w", PodBuilder("web"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Draining");
  scene.Add(UpgradeBuilder("earlier").Created(After(-10)));

  scene.subject = "earlier";
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForOther");

  scene.subject = kUpgradeName;
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.Conditions() == "F F T AnotherClusterUpgrade");
  CHECK(scene.upgrade().meta.finalizers.empty());
}
