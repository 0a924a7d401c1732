#include "planner/plan.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene OneWorker() {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w"));
  return scene;
}

}  // namespace

TEST_CASE("equal worlds give equal plans", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan a = MakePlan(scene.MakeWorld(), scene.memory);
  const Plan b = MakePlan(scene.MakeWorld(), scene.memory);
  CHECK(a.status == b.status);
  CHECK(Describe(a.actions) == Describe(b.actions));
  CHECK(a.watches == b.watches);
  CHECK(a.wake_at == b.wake_at);
}

TEST_CASE("an upgraded cluster is left in peace", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w").At(kNew));
  const Plan plan = scene.Settle();
  CHECK(plan.actions.empty());
  CHECK(plan.watches.empty());
  CHECK_FALSE(plan.wake_at);
  CHECK(scene.Conditions() == "T F F Upgraded");

  scene.self.epoch = 9;  // a new leader writes nothing
  CHECK(scene.Look().status == scene.status());
  scene.Pass(100'000);
  CHECK(scene.Look().status == scene.status());
}

TEST_CASE("only the oldest object acts", "[planner]") {
  Scene scene = OneWorker();
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
  Scene scene = OneWorker();
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

TEST_CASE("a retry that is pruned is no new one", "[planner]") {
  Scene scene = OneWorker();
  auto& annotations = scene.upgrade().meta.annotations;
  const std::string retry(api::kRetry);
  annotations[retry] = "1";
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "1");
  scene.status().in_progress.clear();
  scene.status().failures.push_back({"w",
                                     "w-uid",
                                     api::NodeStep::kUpgrading,
                                     kNew,
                                     2,
                                     api::FailureReason::kJobFailed,
                                     "",
                                     kStart,
                                     true,
                                     false});
  annotations.erase(retry);
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "1");
  CHECK(scene.Conditions() == "F F T NodesFailed");
  annotations[retry] = "1";
  scene.Settle();
  CHECK(scene.Conditions() == "F F T NodesFailed");
  annotations[retry] = "2";
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "2");
  CHECK(scene.InWork() == "w");
}

TEST_CASE("an object that is no longer the oldest gives back what it began", "[planner]") {
  Scene scene = OneWorker();
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

TEST_CASE("a cordon of ours that lost its meaning is lifted", "[planner]") {
  Scene scene = OneWorker();
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

TEST_CASE("the finalizer goes on before the first cordon and off after the last release",
          "[planner]") {
  Scene scene = OneWorker();
  CHECK(scene.Actions() == Lines{"AddFinalizer"});
  scene.upgrade().meta.finalizers = {"else/where"};
  const Plan plan = scene.Settle();
  CHECK(std::get<SetFinalizer>(plan.actions.at(0)).wanted ==
        Lines{"else/where", std::string(api::kFinalizer)});
  scene.upgrade().meta.finalizers = {"else/where", std::string(api::kFinalizer)};
  scene.status().in_progress.clear();
  scene.Add(Worker("w").At(kNew));
  const Plan end = scene.Settle();
  CHECK(std::get<SetFinalizer>(end.actions.at(0)).wanted == Lines{"else/where"});
}

TEST_CASE("an idle object that is deleted is not held", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(scene.Actions().empty());
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F Deleting");
}

TEST_CASE("waiting for a wall-clock deadline looks again within 30 s", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan far = scene.Settle();
  CHECK(far.wake_at == scene.now.steady + std::chrono::seconds(30));
  scene.Pass(3590);
  const Plan near = scene.Settle();
  CHECK(near.wake_at == scene.now.steady + std::chrono::seconds(10));
}

TEST_CASE("the longest outage of the API is kept", "[planner]") {
  Scene scene = OneWorker();
  World world = scene.MakeWorld();
  world.api_gap_seconds = 12;
  scene.status().control_plane_gap_seconds = 7;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 12);
  world.api_gap_seconds = 3;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 7);
}
