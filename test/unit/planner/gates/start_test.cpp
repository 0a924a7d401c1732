#include "planner/gates/start.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a node whose own pods forbid the drain is left out, the others of its pool go on",
          "[planner]") {
  Scene scene = Workers(3, UpgradeBuilder().Pool("a", "a", {2, false}).Pool("b", "", {1, false}));
  for (const char* name : {"worker-1", "worker-2"}) {
    scene.node(name).meta.labels["pool"] = "a";
  }
  scene.survey = Survey{};
  scene.survey->made_for = SurveyKey(scene.upgrade().meta, scene.spec().fingerprint);
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  scene.Add("worker-1", PodBuilder("late").Unmanaged());
  InstantCluster cluster(scene);
  cluster.RunTo("worker-2", "Upgrading");
  CHECK(scene.Conditions() == "F T F PreflightRefused");
  CHECK(scene.MessageOf("Ready").find("UnmanagedPods team-a/late") != std::string::npos);
  REQUIRE(scene.Look().refusals.size() == 1);
  CHECK(scene.Look().refusals[0].object == "team-a/late");

  scene.node("worker-2").kubelet_version = kNew;
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
  CHECK(scene.StepOf("worker-3") == "-");

  SECTION("once it is cured it is taken") {
    scene.pods["worker-1"].clear();
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
  }
  SECTION("or ignored") {
    scene.spec().preflight_ignore = {"UnmanagedPods=team-a/late"};
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
  }
}

TEST_CASE("what will be lost is warned of before the cordon, once", "[planner]") {
  Scene scene = Workers(1);
  scene.Add("worker-1", PodBuilder("alone").Unmanaged().EmptyDir());
  scene.Settle();
  CHECK(scene.StepOf("worker-1") == "Cordoning");
  const std::vector<std::string> warnings = {
      "UnmanagedPods team-a/alone: the pod has no controller and is lost when it is evicted from "
      "worker-1",
      "EmptyDirData team-a/alone: the pod has emptyDir data, which is erased when it is evicted "
      "from "
      "worker-1"};
  CHECK(scene.WarningLines() == warnings);
  scene.Settle();
  CHECK(scene.status().warnings_total == 2);
}

TEST_CASE("the refusal of a node stands until it is judged anew", "[planner]") {
  Scene scene = Workers(2);
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  InstantCluster cluster(scene);
  cluster.RunTo("worker-1", "Cordoning");
  scene.status().in_progress.clear();
  scene.Add("worker-1", PodBuilder("alone").Unmanaged());
  scene.Settle();
  REQUIRE(scene.InWork() == "worker-2");
  scene.Settle();
  CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
  CHECK(scene.MessageOf("PreflightPassed").find("node worker-1 cannot be drained") == 0);
  scene.pods["worker-1"].clear();
  scene.status().in_progress.clear();
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
  CHECK(scene.ConditionOf("PreflightPassed") == "True NoObjections");
}

TEST_CASE("as many nodes start as the budget has room for, in the order of their names",
          "[planner]") {
  Scene scene = Workers(12, OnePool({3, false}));
  scene.status().in_progress = {EntryFor("worker-2", api::NodeStep::kDraining)};
  scene.status().in_progress[0].pool = "all";
  SECTION("nothing is known of the next one's pods") {
    const Asking asking(AskStart, scene);
    CHECK(asking.reason() == "LookingAtNode");
    CHECK(asking.message() == "checking the pods on worker-1");
    CHECK(asking.start().empty());
    CHECK(asking.Watches(WatchKind::kPodsOnNode, "worker-1"));
    CHECK_FALSE(asking.Watches(WatchKind::kPodsOnNode, "worker-3"));
  }
  SECTION("all pods are known") {
    scene.WatchAllPods();
    const Asking asking(AskStart, scene);
    CHECK(asking.reason().empty());
    CHECK(asking.start() == Lines{"worker-1", "worker-3"});
  }
}

TEST_CASE("a node that may not be drained is passed over and remembered", "[planner]") {
  Scene scene = Workers(2);
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  scene.Add("worker-1", PodBuilder("alone").Unmanaged()).WatchAllPods();
  const Asking asking(AskStart, scene);
  CHECK(asking.start() == Lines{"worker-2"});
  CHECK(asking.reason() == "PreflightRefused");
  CHECK(asking.result().hold->kind == Hold::Kind::kNeedsPerson);
  CHECK(asking.result().add.refusals.size() == 1);
  REQUIRE(asking.memory().refused_nodes.contains("worker-1"));
  CHECK(
      asking.memory().refused_nodes.at("worker-1").starts_with("node worker-1 cannot be drained"));

  scene.spec().drain.when = api::DrainWhen::kNever;
  const Asking then(AskStart, scene, asking.memory());
  CHECK(then.start() == Lines{"worker-1"});
  CHECK(then.memory().refused_nodes.empty());
}

TEST_CASE("a Job that goes on beside our cordon keeps its pool waiting", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").At(kNew).CordonedByUs()).WatchAllPods();
  const Asking asking(AskStart, scene);
  CHECK(asking.start().empty());
  CHECK(asking.reason() == "WaitingForJob");
  CHECK(asking.message() ==
        "waiting for the upgrade Jobs that still run on worker-1, already at the version");
}

TEST_CASE("budgets that close between two nodes are waited for before a person is asked",
          "[planner]") {
  Scene scene = Workers(2);
  InstantCluster cluster(scene);
  cluster.RunTo("worker-1", "Cordoning");
  scene.status().in_progress.clear();
  scene.node("worker-1").kubelet_version = kNew;
  scene.Add(NeverAllows("web")).Add("worker-2", PodBuilder("web-1").Label("app", "web"));
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForBudgets");
  CHECK(scene.MessageOf("Ready").find("node worker-2, 1 finding: BudgetNeverAllows team-a/web") !=
        std::string::npos);
  CHECK(scene.ConditionOf("PreflightPassed") == "True NoObjections");
  CHECK(scene.Look().refusals.empty());
  scene.Pass(899);
  scene.Settle();
  CHECK(scene.Conditions() == "F T F WaitingForBudgets");

  SECTION("they open again") {
    scene.budgets.clear();
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
  }
  SECTION("they do not") {
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.Conditions() == "F F T PreflightRefused");
    CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
    scene.budgets.clear();
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
  }
  SECTION("a pod that would be lost does not pass by itself") {
    scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
    scene.Add("worker-2", PodBuilder("alone").Unmanaged());
    scene.Settle();
    CHECK(scene.Conditions() == "F F T PreflightRefused");
  }
}
