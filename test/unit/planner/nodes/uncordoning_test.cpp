#include "planner/nodes/uncordoning.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a node is not released while its Job may still reach the server", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Action create = scene.Settle().actions.at(0);
  if (GENERATE(true, false)) {
    scene.upgrade().meta.deleted = scene.now.wall;
  } else {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  InstantCluster cluster(scene);
  cluster.Run();
  CHECK(scene.StepOf("w") == "Uncordoning");
  CHECK(scene.node("w").unschedulable);
  scene.memory = {};  // a crash forgets nothing that counts
  scene.results.clear();
  scene.Pass(29);

  SECTION("it appears and is seen through") {
    cluster.Apply(create);
    cluster.Run();
    CHECK(scene.StepOf("w") == "Upgrading");
    CHECK(scene.node("w").unschedulable);
  }
  SECTION("it does not appear") {
    cluster.Run();
    CHECK(scene.Entry("w")->message.find("may still be created") != std::string::npos);
    scene.Pass(1);
    cluster.Run();
    CHECK(scene.InWork().empty());
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK(scene.jobs.empty());
  }
}

TEST_CASE("a deletion does not wait for ever for a pod that hangs", "[planner]") {
  Scene scene = JobAtWork();
  SECTION("of a Job past its deadline: not at all") {
    scene.Add(Worker("x"));
    scene.Pass(1800);
    InstantCluster(scene).Run();
    REQUIRE(scene.ReasonOfFailure() == "JobOverdue");
    scene.upgrade().meta.deleted = scene.now.wall;
    scene.upgrade().meta.finalizers.emplace_back(api::kFinalizer);  // another node is in work
    InstantCluster(scene).Run();
  }
  SECTION("of a Job that is gone: as long as a Job may take") {
    scene.jobs.clear();
    scene.upgrade().meta.deleted = scene.now.wall;
    InstantCluster(scene).Run();
    CHECK(scene.StepOf("w") == "Uncordoning");
    scene.Pass(1799);
    InstantCluster(scene).Run();
    CHECK(scene.node("w").unschedulable);
    scene.Pass(1);
    InstantCluster(scene).Run();
  }
  CHECK(scene.InWork().empty());
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("a failure of an earlier attempt does not touch the Job of a later one", "[planner]") {
  Scene scene = JobAtWork();
  scene.status().failures.push_back({"w",
                                     "w-uid",
                                     api::NodeStep::kUpgrading,
                                     api::Stage::kNode,
                                     kNew,
                                     0,
                                     api::FailureReason::kJobNeverStarted,
                                     "",
                                     After(-9),
                                     false,
                                     true});
  InstantCluster cluster(scene);
  cluster.CompleteJob(scene.Entry("w")->job_name);
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.jobs.size() == 1);
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("a Job that turns out to have been created is seen through", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Action create = scene.Settle().actions.at(0);
  scene.upgrade().meta.deleted = scene.now.wall;
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  InstantCluster cluster(scene);
  cluster.Apply(create);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK_FALSE(scene.Entry("w")->job_uid.empty());
}
