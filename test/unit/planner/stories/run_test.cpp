#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// A cluster that has been upgraded, and is asked for the run "patches-1".
Scene Asked(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene(upgrade);
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w-1").At(kNew)).Add(Worker("w-2").At(kNew));
  for (auto& [name, node] : scene.nodes) {
    node.meta.created = After(-1000);
  }
  scene.Settle();
  REQUIRE(scene.Conditions() == "T F F Upgraded");
  scene.spec().run_id = "patches-1";
  scene.Edit();
  return scene;
}

std::string RunIdOn(Scene& scene, const std::string& node) {
  return api::AnnotationOf(scene.node(node).meta, api::kRunId);
}

/// Through the Job and the verification of the node.
void Finish(Scene& scene, const std::string& node) {
  InstantCluster cluster(scene);
  cluster.RunTo(node, "Upgrading");
  cluster.Run();
  REQUIRE(scene.Entry(node)->run_id == "patches-1");
  cluster.CompleteJob(scene.Entry(node)->job_name);
  cluster.Run();
  REQUIRE(scene.StepOf(node) == "Verifying");
  for (const int seconds : {1, 10, 5}) {
    scene.Pass(seconds);
    cluster.Run();
  }
}

}  // namespace

TEST_CASE("a new runID takes every node through its upgrade once more, at the same version",
          "[planner]") {
  Scene scene = Asked();
  InstantCluster(scene).RunTo("m", "Cordoning");
  CHECK(scene.Conditions() == "F T F UpgradingNodes");
  CHECK(scene.InWork() == "m");
  CHECK(scene.status().progress == "0/3");
  for (const char* node : {"m", "w-1", "w-2"}) {
    Finish(scene, node);
    CHECK(RunIdOn(scene, node) == "patches-1");
    CHECK_FALSE(scene.node(node).unschedulable);
  }
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(scene.status().run_id == "patches-1");
  CHECK_FALSE(scene.status().run);
  CHECK(scene.status().history.front().run_id == "patches-1");
  CHECK(scene.status().history.front().result == api::RunResult::kCompleted);
  SECTION("once only") {
    scene.Edit();
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
  }
  SECTION("the next value is the next run") {
    scene.spec().run_id = "patches-2";
    scene.Edit();
    InstantCluster(scene).RunTo("m", "Cordoning");
    CHECK(scene.InWork() == "m");
  }
}

TEST_CASE("nodes that join after a run has begun are not due", "[planner]") {
  Scene scene = Asked();
  scene.Settle();
  for (const char* node : {"m", "w-1", "w-2"}) {
    Finish(scene, node);
    if (std::string(node) == "m") {
      api::Node late = Worker("w-3").At(kNew);
      late.meta.created = After(60);
      scene.Add(late);
    }
  }
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(RunIdOn(scene, "w-3").empty());
}

TEST_CASE("a node whose Job fails in a run is not taken for repaired because of its version",
          "[planner]") {
  Scene scene = Asked(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.failure_policy.max_attempts = 1; }));
  InstantCluster cluster(scene);
  cluster.RunTo("m", "Upgrading");
  cluster.Run();
  cluster.FailJob(scene.Entry("m")->job_name);
  cluster.Run();
  CHECK(scene.ReasonOfFailure() == "JobFailed");
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T ControlPlaneNodeFailed");
  scene.AskForRetry("1");
  scene.Settle();
  CHECK(scene.InWork() == "m");
}

TEST_CASE("a runID that is taken back gives nodes back", "[planner]") {
  Scene scene = Asked();
  InstantCluster(scene).RunTo("m", "Draining");
  CHECK(scene.Entry("m")->run_id == "patches-1");
  scene.spec().run_id.clear();
  scene.Edit();
  InstantCluster(scene).Run();
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(RunIdOn(scene, "m").empty());
}

TEST_CASE("under External a run is over on a node once it has rebooted", "[planner]") {
  Scene scene = Asked(UpgradeBuilder());
  InstantCluster cluster(scene);
  cluster.RunTo("m", "Upgrading");
  cluster.Run();
  CHECK(scene.Entry("m")->message ==
        "waiting for an external tool to reboot or replace this node (run patches-1) (executor "
        "External)");
  scene.node("m").boot_id = "boot-2";
  scene.Settle();
  CHECK(scene.StepOf("m") == "Verifying");
}
