#include "planner/gates/halt.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
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

TEST_CASE("a target that cannot be reached halts, and the gate repeats it", "[planner]") {
  Scene scene = OneWorkerBehind();
  CHECK_FALSE(FindHalt(scene.MakeWorld(), scene.status()));
  CHECK(Asking(AskHalt, scene).reason().empty());
  scene.spec().version = "v1.99.0";
  REQUIRE(FindHalt(scene.MakeWorld(), scene.status()));
  CHECK(FindHalt(scene.MakeWorld(), scene.status())->reason == api::HoldReason::kMinorSkipped);
  const Asking asking(AskHalt, scene);
  CHECK(asking.reason() == "MinorSkipped");
  CHECK(asking.result().hold->kind == Hold::Kind::kNeedsPerson);
}

TEST_CASE("a younger object halts whatever its target is, and names the oldest", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.spec().version = "v1.99.0";
  scene.Add(UpgradeBuilder("earlier").Created(After(-10)));
  const Asking asking(AskHalt, scene);
  CHECK(asking.reason() == "AnotherClusterUpgrade");
  CHECK(asking.message() == "only the oldest ClusterUpgrade is active, which is earlier");
  CHECK(OldestUpgrade(scene.MakeWorld()).meta.name == "earlier");
}

TEST_CASE("the API server is asked where only it bounds the kubelets, also under a halt",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  CHECK_FALSE(Asking(AskHalt, scene).Watches(WatchKind::kServerVersion));
  scene.nodes.erase("master");
  CHECK(Asking(AskHalt, scene).Watches(WatchKind::kServerVersion));
  scene.server_version = "v1.34.0";
  scene.open.insert({WatchKind::kServerVersion, ""});
  const Asking halted(AskHalt, scene);
  CHECK(halted.reason() == "SkewViolated");
  CHECK(halted.Watches(WatchKind::kServerVersion));
}
