#include "planner/gates/halt.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("only the oldest object acts", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(UpgradeBuilder("earlier").Created(After(-10)));
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F T AnotherClusterUpgrade");
  CHECK(scene.MessageOf("Stalled").find("which is earlier") != std::string::npos);
  CHECK(scene.ConditionOf("WorkersUpgraded") == "Unknown AnotherClusterUpgrade");

  scene.subject = "earlier";
  scene.Settle();
  CHECK(scene.InWork() == "w");

  SECTION("of equal age, the smaller UID") {
    scene.upgrades.at("earlier").meta.created = kStart;
    scene.upgrades.at("earlier").meta.uid = "a";
    scene.upgrades.at(kUpgradeName).meta.uid = "b";
    scene.subject = kUpgradeName;
    scene.Settle();
    CHECK(scene.Conditions() == "F F T AnotherClusterUpgrade");
  }
}

TEST_CASE("of two objects of one second, one at work goes on", "[planner]") {
  Scene scene = OneWorkerBehind();
  api::ClusterUpgrade late = UpgradeBuilder("late");
  late.meta.uid = "a";
  scene.Settle();
  REQUIRE(scene.InWork() == "w");
  scene.Add(late);
  SECTION("while its nodes are in work") {
    scene.status().history.clear();
    scene.Settle();
    CHECK(scene.Conditions() == "F T F UpgradingNodes");
  }
  SECTION("and afterwards") {
    scene.status().in_progress.clear();
    scene.Add(Worker("w").At(kNew));
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
  }
  scene.subject = "late";
  scene.Settle();
  CHECK(scene.Conditions() == "F F T AnotherClusterUpgrade");
}
