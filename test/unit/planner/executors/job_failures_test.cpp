#include <string>

#include <catch2/catch.hpp>

#include "planner/executors/job.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

void OneAttempt(api::ClusterUpgrade& upgrade) {
  upgrade.spec.failure_policy.max_attempts = 1;
}

}  // namespace

TEST_CASE("a node whose pod failed before a container ran is given back", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(OneAttempt));
  PodOf(scene).started = false;
  PodOf(scene).ended_by = "OutOfcpu: Pod was rejected: not enough cpu";
  scene.Entry("w")->node_changed = false;
  FailJob(scene);
  bool changed = false;
  SECTION("and was not changed by an earlier attempt") {}
  SECTION("but not if an earlier attempt has changed it") {
    changed = true;
    scene.Entry("w")->node_changed = true;
  }
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
  CHECK(scene.status().failures.front().message.find(
            "failed: OutOfcpu: Pod was rejected: not enough cpu") != std::string::npos);
  CHECK(scene.status().failures.front().node_changed == changed);
  CHECK(scene.node("w").unschedulable == changed);
  CHECK(scene.InWork().empty());
  CHECK(scene.jobs.size() == 1);  // it has failed: it tells the story for an hour
}

TEST_CASE("a node that no attempt has changed can be given back between two", "[planner]") {
  Scene scene = JobAtWork();
  PodOf(scene).started = false;
  scene.Entry("w")->node_changed = false;
  FailJob(scene);
  scene.Settle();
  REQUIRE(scene.Entry("w")->retry_time);
  SECTION("by a user's uncordon") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
  }
  SECTION("by deletion") {
    scene.upgrade().meta.deleted = scene.now.wall;
    scene.Settle();
  }
  CHECK(scene.status().failures.empty());
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("a Job's failure is not judged before its pod is known", "[planner]") {
  Scene scene = JobAtWork();
  api::Pod pod = PodOf(scene);
  pod.started = false;
  scene.Entry("w")->node_changed = false;
  JobOf(scene).failed = true;
  SECTION("its watch is behind") {
    scene.pods["w"].clear();
    scene.Settle();
    CHECK_FALSE(scene.Entry("w")->retry_time);
    CHECK(scene.Entry("w")->message.find("waiting for its pod to end") != std::string::npos);
    scene.Pass(10);
    scene.Settle();
    CHECK(scene.Entry("w")->retry_time);
    CHECK(scene.Entry("w")->node_changed);  // nobody knows
    return;
  }
  SECTION("it has not ended yet") {
    pod.phase = api::PodPhase::kPending;
    PodOf(scene) = pod;
    scene.Settle();
    CHECK_FALSE(scene.Entry("w")->retry_time);
    PodOf(scene).phase = api::PodPhase::kFailed;
    scene.Settle();
    CHECK(scene.Entry("w")->retry_time);
    CHECK_FALSE(scene.Entry("w")->node_changed);
  }
}

TEST_CASE("a container's last words are in the failure", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(OneAttempt));
  PodOf(scene).failure = api::ContainerEnd{"upgrade", 3, 0, "Error", "no space left"};
  FailJob(scene);
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "JobFailed");
  CHECK(scene.status().failures.front().message.find(
            " failed: container upgrade ended with exit code 3 (Error): no space left; "
            "BackoffLimitExceeded") != std::string::npos);
}
