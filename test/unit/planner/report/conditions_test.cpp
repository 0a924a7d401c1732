#include "planner/report/conditions.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene Cluster() {
  Scene scene;
  scene.Add(ControlPlaneNode("m")).Add(Worker("w-1")).Add(Worker("w-2"));
  return scene;
}

}  // namespace

// The situations of the API's table "status", for kstatus and kubectl wait.
TEST_CASE("Ready, Reconciling and Stalled say one thing together", "[planner]") {
  Scene scene = Cluster();
  SECTION("every node at the version") {
    for (auto& [name, node] : scene.nodes) {
      node.kubelet_version = kNew;
    }
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK(scene.status().progress == "3/3");
  }
  SECTION("working") {
    scene.Settle();
    CHECK(scene.Conditions() == "F T F UpgradingNodes");
    CHECK(scene.status().progress == "0/3");
  }
  SECTION("waiting for what can pass by itself") {
    scene.Add(ControlPlaneNode("m").NotReady());
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
  SECTION("paused before the end") {
    scene.spec().paused = true;
    scene.Settle();
    CHECK(scene.Conditions() == "F F F Paused");
  }
  SECTION("paused after the end is the end") {
    scene.spec().paused = true;
    for (auto& [name, node] : scene.nodes) {
      node.kubelet_version = kNew;
    }
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
  }
  SECTION("a person is needed") {
    scene.spec().version = "v1.37.0";
    scene.Settle();
    CHECK(scene.Conditions() == "F F T MinorSkipped");
  }
  SECTION("a person is needed, but nodes are still in work") {
    scene.Settle();
    scene.status().in_progress.push_back(scene.status().in_progress[0]);
    scene.status().in_progress[1].name = "w-1";
    scene.status().in_progress[1].uid = "w-1-uid";
    scene.status().failures.push_back({"w-2",
                                       "w-2-uid",
                                       api::NodeStep::kUpgrading,
                                       api::Stage::kNode,
                                       kNew,
                                       2,
                                       api::FailureReason::kJobFailed,
                                       "",
                                       kStart,
                                       true,
                                       false});
    scene.Settle();
    CHECK(scene.Conditions() == "F T F TooManyFailed");
  }
}

TEST_CASE("of several nodes in work the one whose blocker is the most urgent is described",
          "[planner]") {
  Scene scene = Cluster();
  scene.node("m").kubelet_version = kNew;
  scene.spec().pools.push_back({});
  scene.spec().pools[0].name = "all";
  scene.spec().pools[0].max_unavailable = api::IntOrPercent{2, false};
  scene.Add(BudgetFor("web", 0)).Add("w-2", PodBuilder("web").Label("app", "web"));
  scene.Add("w-1", PodBuilder("slow").Terminating(After(500), 500));
  InstantCluster cluster(scene);
  cluster.RunTo("w-2", "Draining");
  scene.Settle();
  REQUIRE(scene.InWork() == "w-1 w-2");
  CHECK(scene.MessageOf("Ready").find("w-2: Draining") == 0);
  CHECK(scene.MessageOf("Ready").ends_with("; and 1 more in progress"));
}

TEST_CASE("a node at the target that turns NotReady later changes nothing", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w").At(kNew));
  scene.Settle();
  scene.node("w").ready = false;
  scene.Settle();
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("ControlPlaneUpgraded and WorkersUpgraded follow their nodes", "[planner]") {
  Scene scene = Cluster();
  scene.Settle();
  CHECK(scene.ConditionOf("ControlPlaneUpgraded") == "False NotUpgraded");
  CHECK(scene.MessageOf("WorkersUpgraded") == "2 of 2 not upgraded: w-1, w-2");
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w-1").Label(api::kExclude, "true"));
  scene.status().in_progress.clear();
  scene.Settle();
  CHECK(scene.ConditionOf("ControlPlaneUpgraded") == "True Upgraded");
  CHECK(scene.MessageOf("WorkersUpgraded") ==
        "1 of 1 not upgraded: w-2; skipped: w-1 (label clusterupgrade.io/exclude=true)");
  scene.nodes.erase("w-1");
  scene.nodes.erase("w-2");
  scene.Settle();
  CHECK(scene.ConditionOf("WorkersUpgraded") == "True NoNodes");
}

TEST_CASE("a node in work is not left alone, whatever its label says by now", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  cluster.Run();
  scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  scene.Settle();
  REQUIRE(scene.InWork() == "w");
  CHECK(scene.MessageOf("WorkersUpgraded") == "1 of 1 not upgraded: w");
}

TEST_CASE("a transition time moves with the status alone, the generation always", "[planner]") {
  Scene scene = Cluster();
  scene.Settle();
  const auto of = [&](const char* type) {
    for (const api::Condition& condition : scene.status().conditions) {
      if (NameOf(condition.type) == type) {
        return condition;
      }
    }
    return api::Condition{};
  };
  CHECK(of("Reconciling").last_transition_time == kStart);
  scene.Pass(60);
  scene.Edit();
  scene.Settle();
  CHECK(of("Reconciling").last_transition_time == kStart);
  CHECK(of("Reconciling").observed_generation == 2);
  scene.spec().paused = true;
  scene.Settle();
  CHECK(of("Reconciling").last_transition_time == After(60));
}

TEST_CASE("with nothing left but failed nodes the reason is NodesFailed", "[planner]") {
  Scene scene = Workers(1);
  AddFailure(scene, "worker-1");
  scene.Settle();
  CHECK(scene.Conditions() == "F F T NodesFailed");
}

TEST_CASE("a node that may not be drained shows as long as it waits, under a pause not",
          "[planner]") {
  Scene scene = Workers(2);
  scene.open.insert({WatchKind::kSurvey, ""});
  const auto preflight = [&](const RefusedNodes& refused) {
    const Snapshot seen(scene);
    for (const api::Condition& condition :
         MakeConditions(seen.planning(), {}, refused, {}).conditions) {
      if (condition.type == api::ConditionType::kPreflightPassed) {
        return condition.reason + ": " + condition.message;
      }
    }
    return std::string();
  };
  CHECK(preflight({}) == "NoObjections: no blocking findings; 0 warnings");
  CHECK(preflight({{"worker-1", "why"}, {"worker-2", "too"}}) == "PreflightRefused: why, too");
  CHECK(preflight({{"master", "done already"}}).starts_with("NoObjections"));
  scene.spec().paused = true;
  CHECK(preflight({{"worker-1", "why"}}).starts_with("NoObjections"));
}

TEST_CASE("an object that is not the oldest says so in every condition", "[planner]") {
  const Scene scene = Workers(1);
  const Snapshot seen(scene);
  const std::vector<api::Condition> conditions = ConditionsOfBystander(seen.planning(), "earlier");
  CHECK(conditions.size() == 6);
  for (const api::Condition& condition : conditions) {
    CAPTURE(NameOf(condition.type));
    CHECK(condition.reason == "AnotherClusterUpgrade");
    CHECK(condition.message ==
          "only the oldest ClusterUpgrade is active, which is earlier; delete one of them");
  }
}

TEST_CASE("of the holds the first counts, by its kind", "[planner]") {
  const Scene scene = Workers(1);
  const Snapshot seen(scene);
  const auto three = [&](const std::vector<Hold>& holds) {
    std::string text;
    for (const api::Condition& condition :
         MakeConditions(seen.planning(), holds, {}, {}).conditions) {
      if (condition.type == api::ConditionType::kReady ||
          condition.type == api::ConditionType::kReconciling ||
          condition.type == api::ConditionType::kStalled) {
        text += condition.status == api::ConditionStatus::kTrue ? "T" : "F";
        text += condition.type == api::ConditionType::kStalled ? " " + condition.reason : "";
      }
    }
    return text;
  };
  const Hold passes = Hold::Passing(api::HoldReason::kWaitingForNodes, "");
  const Hold person = Hold::NeedsPerson(api::HoldReason::kTooManyFailed, "");
  CHECK(three({}) == "FTF Pending");
  CHECK(three({passes, person}) == "FTF WaitingForNodes");
  CHECK(three({person, passes}) == "FFT TooManyFailed");
  CHECK(three({Hold::Paused(""), person}) == "FFF Paused");
}
