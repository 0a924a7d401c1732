#include "planner/gates/start.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// `count` workers worker-1… and one upgraded control-plane node.
Scene Workers(int count, const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene(upgrade);
  scene.Add(ControlPlaneNode("master").At(kNew));
  for (int i = 1; i <= count; ++i) {
    scene.Add(Worker("worker-" + std::to_string(i)));
  }
  return scene;
}

UpgradeBuilder OnePool(api::IntOrPercent unavailable) {
  return UpgradeBuilder().Pool("all", "", unavailable);
}

int Started(const UpgradeBuilder& upgrade, int workers) {
  Scene scene = Workers(workers, upgrade);
  scene.Settle();
  return static_cast<int>(scene.status().in_progress.size());
}

void AddFailure(Scene& scene, const std::string& node) {
  scene.status().failures.push_back(FailureOf(node));
}

}  // namespace

TEST_CASE("maxUnavailable is a number, or a share of the pool rounded down, at least 1",
          "[planner]") {
  CHECK(Started(UpgradeBuilder(), 5) == 1);
  CHECK(Started(OnePool({3, false}), 5) == 3);
  CHECK(Started(OnePool({9, false}), 5) == 5);
  CHECK(Started(OnePool({10, true}), 5) == 1);
  CHECK(Started(OnePool({50, true}), 5) == 2);
  CHECK(Started(OnePool({60, true}), 5) == 3);
  CHECK(Started(OnePool({100, true}), 5) == 5);
  CHECK(Started(OnePool({100, true}), 60) == 50);
}

TEST_CASE("the share counts nodes in scope only", "[planner]") {
  Scene scene = Workers(5, OnePool({40, true}));
  scene.Settle();
  CHECK(scene.InWork() == "worker-1 worker-2");

  Scene fewer = Workers(5, OnePool({40, true}));
  fewer.node("worker-1").meta.labels[std::string(api::kExclude)] = "true";
  fewer.Settle();
  CHECK(fewer.InWork() == "worker-2");
}

TEST_CASE("nodes that are not Ready by themselves use up the budget, unless ignored", "[planner]") {
  Scene scene = Workers(3, OnePool({2, false}));
  scene.Add(Worker("worker-1").NotReady()).Add(Worker("worker-2").At(kNew).NotReady());
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  CHECK(scene.MessageOf("Ready") == "waiting for nodes that are not Ready: worker-1, worker-2");

  SECTION("one comes back") {
    scene.node("worker-2").ready = true;
    scene.Settle();
    CHECK(scene.InWork() == "worker-3");
  }
  SECTION("ignored: the others go on, they themselves are not started") {
    scene.spec().pools[0].unhealthy_nodes = api::UnhealthyNodes::kIgnore;
    scene.Settle();
    CHECK(scene.InWork() == "worker-3");
  }
  SECTION("after 15 minutes a person is needed") {
    scene.Pass(15 * 60 - 1);
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
    CHECK(scene.Look().wake_at == scene.now.steady + std::chrono::seconds(1));
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.Conditions() == "F F T NodesUnhealthy");
    CHECK_FALSE(scene.Look().wake_at);
    scene.node("worker-1").ready = true;
    scene.Settle();
    CHECK(scene.Conditions() == "F T F UpgradingNodes");
  }
}

TEST_CASE("a blip of the watches does not start the quarter of an hour again", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").NotReady());
  scene.Settle();
  scene.Pass(14 * 60);
  scene.current = false;
  scene.Settle();
  REQUIRE(scene.Conditions() == "F T F WaitingForWatches");
  scene.current = true;
  SECTION("nothing else happens") {
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "F F T NodesUnhealthy");
  }
  SECTION("a pause does") {
    scene.spec().paused = true;
    scene.Settle();
    scene.spec().paused = false;
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
}

TEST_CASE("a user's cordon uses up nothing", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").Cordoned());
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
}

TEST_CASE("pools are done in list order, one after the other", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("b", "b", {5, false}).Pool("a", "a", {5, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("w-a").Label("pool", "a"))
      .Add(Worker("w-b").Label("pool", "b"));
  scene.Settle();
  CHECK(scene.InWork() == "w-b");
  CHECK(scene.Entry("w-b")->pool == "b");
  CHECK(scene.Entry("w-b")->stage == api::Stage::kNode);

  scene.Add(Worker("w-b").Label("pool", "b").At(kNew));
  scene.status().in_progress.clear();
  scene.Settle();
  CHECK(scene.InWork() == "w-a");
}

TEST_CASE("control-plane nodes go one at a time and only when all the others are Ready",
          "[planner]") {
  Scene scene(OnePool({5, false}));
  scene.Add(ControlPlaneNode("m-1"))
      .Add(ControlPlaneNode("m-2"))
      .Add(ControlPlaneNode("m-3"))
      .Add(Worker("w"));
  SECTION("one at a time") {
    scene.Settle();
    CHECK(scene.InWork() == "m-1");
    CHECK(scene.Entry("m-1")->stage == api::Stage::kControlPlane);
    CHECK(scene.Entry("m-1")->pool == "control-plane");
  }
  SECTION("another one is not Ready") {
    scene.Add(ControlPlaneNode("m-3").NotReady());
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
  SECTION("workers wait for the last") {
    scene.Add(ControlPlaneNode("m-1").At(kNew)).Add(ControlPlaneNode("m-2").At(kNew));
    scene.Settle();
    CHECK(scene.InWork() == "m-3");
  }
  SECTION("a postponed one keeps the workers back") {
    scene.Add(ControlPlaneNode("m-1").At(kNew)).Add(ControlPlaneNode("m-2").At(kNew));
    scene.status().postponed.push_back(
        {"m-3", "m-3-uid", api::PostponeReason::kUncordonedByUser, kStart});
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F F T ControlPlaneNotUpgraded");
  }
}

TEST_CASE("a control-plane node that is down is missed, though it is left alone", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m-1")).Add(ControlPlaneNode("m-2")).Add(Worker("w"));
  std::string why;
  SECTION("by label") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().Label(api::kExclude, "true"));
    why = "label clusterupgrade.io/exclude=true";
  }
  SECTION("though it has failed before") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().Label(api::kExclude, "true"));
    AddFailure(scene, "m-3");
    why = "label clusterupgrade.io/exclude=true";
  }
  SECTION("on its way out") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().BeingDeleted());
    why = "being deleted";
  }
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  CHECK(scene.MessageOf("Ready") == "waiting for nodes that are not Ready: m-3 (" + why + ")");
  scene.nodes.erase("m-3");
  scene.Settle();
  CHECK(scene.InWork() == "m-1");
}

TEST_CASE("a worker that is left alone is not missed", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").NotReady().Label(api::kExclude, "true"));
  scene.Settle();
  CHECK(scene.InWork() == "worker-2");
}

TEST_CASE("too many failed workers stop everything new", "[planner]") {
  Scene scene = Workers(4);
  AddFailure(scene, "worker-1");
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T TooManyFailed");
  CHECK(scene.MessageOf("Stalled").find("1 failed, 0 are tolerated: worker-1 (JobFailed)") == 0);

  SECTION("fewer than are tolerated do not") {
    scene.spec().failure_policy.max_failed_nodes = 1;
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
    CHECK(scene.status().nodes.failed == 1);
  }
  SECTION("nor do those that were given fresh attempts") {
    scene.status().failures[0].retried = true;
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
    CHECK(scene.status().nodes.failed == 0);
  }
  SECTION("nor those that are to be left alone") {
    scene.node("worker-1").meta.labels[std::string(api::kExclude)] = "true";
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
  }
  SECTION("a failed control-plane node always does") {
    scene.spec().failure_policy.max_failed_nodes = 50;
    scene.Add(ControlPlaneNode("master-2"));
    AddFailure(scene, "master-2");
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F F T ControlPlaneNodeFailed");
  }
}

TEST_CASE("with nothing left but failed nodes the reason is NodesFailed", "[planner]") {
  Scene scene = Workers(1);
  AddFailure(scene, "worker-1");
  scene.Settle();
  CHECK(scene.Conditions() == "F F T NodesFailed");
}

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
      "UnmanagedPods team-a/alone: the pod has no controller: it is lost when it leaves worker-1",
      "EmptyDirData team-a/alone: the pod has emptyDir data: it is erased when the pod leaves "
      "worker-1"};
  CHECK(scene.WarningLines() == warnings);
  scene.Settle();
  CHECK(scene.status().warnings_total == 2);
}

TEST_CASE("twenty warnings are kept, all are counted", "[planner]") {
  Scene scene = Workers(1);
  for (int i = 0; i < 30; ++i) {
    scene.Add("worker-1", PodBuilder("alone-" + std::to_string(i)).Unmanaged());
  }
  scene.Settle();
  CHECK(scene.status().warnings.size() == 20);
  CHECK(scene.status().warnings_total == 30);
}

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

TEST_CASE("nothing is started while the state of the cluster is unknown", "[planner]") {
  Scene scene = Workers(1);
  scene.current = false;
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForWatches");
}

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

TEST_CASE("work on our own node watches our other replicas", "[planner]") {
  Scene scene = Workers(1);
  scene.self.node = "worker-1";
  scene.self.pod = "system/me";
  scene.Settle();
  CHECK(scene.open.contains({WatchKind::kOwnReplicas, ""}));
}

TEST_CASE("history: one entry per upgrade, the newest first, five in all", "[planner]") {
  Scene scene = Workers(1);
  scene.Settle();
  REQUIRE(scene.status().history.size() == 1);
  CHECK(scene.status().start_time == kStart);

  SECTION("an edit in between supersedes") {
    scene.Add(Worker("worker-1").Uid("new"));
    scene.spec().version = "v1.36.4";
    scene.Edit();
    scene.Add(ControlPlaneNode("master").At("v1.36.4"));
    scene.Pass(60);
    scene.Settle();
    REQUIRE(scene.status().history.size() == 2);
    CHECK(scene.status().history[0].version == "v1.36.4");
    CHECK(scene.status().history[1].result == api::RunResult::kSuperseded);
  }
  SECTION("the end completes it; a node that joins later begins another") {
    scene.status().in_progress.clear();
    scene.Add(Worker("worker-1").At(kNew));
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK(scene.status().history[0].result == api::RunResult::kCompleted);
    CHECK(scene.status().completion_time == After(60));

    scene.Add(Worker("worker-2"));
    scene.Settle();
    CHECK(scene.Conditions() == "F T F NodeBehind");
    CHECK(scene.status().history.size() == 2);
    CHECK_FALSE(scene.status().completion_time);
  }
}
