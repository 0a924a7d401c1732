#include "planner/nodes/pulling.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/components.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("without work for a node, or in a pause, nothing is pulled", "[planner]") {
  Scene scene = PullBegun();
  SECTION("a pause") {
    scene.spec().paused = true;
  }
  SECTION("the node is excluded") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  SECTION("the object is deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  InstantCluster(scene).Run();
  CHECK(scene.StepOf("w") == "-");
  CHECK(scene.jobs.empty());
}

TEST_CASE("no image is pulled for a node that has our cordon", "[planner]") {
  Scene scene = OneWorker(WithPull());
  InstantCluster(scene).Run();
  const std::string job = TheJob(scene).meta.name;
  InstantCluster(scene).CompleteJob(job);
  InstantCluster(scene).RunTo("w", "Upgrading");
  InstantCluster(scene).Run();
  for (int attempt = 1; attempt <= 2; ++attempt) {
    FailJob(scene);
    InstantCluster(scene).Run();
    scene.Pass(31);
    InstantCluster(scene).Run();
  }
  REQUIRE(scene.ReasonOfFailure() == "JobFailed");
  scene.node("w").unschedulable = false;  // by a person
  scene.AskForRetry("1");
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  InstantCluster(scene).Run();
  scene.Pass(10);
  CHECK(scene.StepOf("w") != "Cordoning");
}

TEST_CASE("an edit ends the pull, or begins another", "[planner]") {
  Scene scene = PullBegun();
  const std::string before = TheJob(scene).meta.name;
  SECTION("prePull: false") {
    scene.spec().executor.pre_pull = false;
    scene.Edit();
    InstantCluster(scene).Run();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
  SECTION("another image") {
    scene.Edit();
    InstantCluster(scene).Run();
    CHECK(scene.StepOf("w") == "Pulling");
    CHECK(TheJob(scene).meta.name != before);
  }
}

TEST_CASE("a control-plane node in service goes on to its upgrade", "[planner]") {
  Scene scene(WithPull());
  UseKubeadm(scene);
  for (const char* node : {"cp-1", "cp-2"}) {
    scene.Add(ControlPlaneNode(node));
    ShowComponents(scene, node, kOld);
  }
  InstantCluster cluster(scene);
  cluster.Run();
  REQUIRE(scene.StepOf("cp-1") == "Pulling");
  cluster.CompleteJob(TheJob(scene).meta.name);
  cluster.Run();
  CHECK(scene.StepOf("cp-1") == "Upgrading");
  CHECK(scene.Entry("cp-1")->attempt == 1);
  CHECK(scene.Entry("cp-1")->static_pods.size() == 3);
  CHECK_FALSE(scene.node("cp-1").unschedulable);
}
