#include "planner/gates/others.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
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

TEST_CASE("nodes that another object has in work are waited for", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.Add(UpgradeBuilder("other").Created(After(1)));
  CHECK(Asking(AskOthers, scene).reason().empty());
  scene.upgrades.at("other").status.in_progress = {EntryFor("x", api::NodeStep::kUncordoning)};
  const Asking asking(AskOthers, scene);
  CHECK(asking.reason() == "WaitingForOther");
  CHECK(asking.result().hold->kind == Hold::Kind::kPassing);
}
