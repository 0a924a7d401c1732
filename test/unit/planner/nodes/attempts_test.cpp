#include "planner/nodes/attempts.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/marks.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a failed attempt is followed by the next one after a back-off", "[planner]") {
  Scene scene = JobAtWork();
  const std::string first = scene.Entry("w")->job_name;
  FailJob(scene);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->retry_time == After(30));
  CHECK(scene.node("w").unschedulable);

  SECTION("not before") {
    scene.Pass(29);
    scene.Settle();
    CHECK(scene.Entry("w")->attempt == 1);
  }
  SECTION("not while the old pod lives") {
    PodOf(scene).phase = api::PodPhase::kRunning;
    scene.Pass(30);
    scene.Settle();
    CHECK(scene.Entry("w")->attempt == 1);
  }
  SECTION("not while paused") {
    scene.spec().paused = true;
    scene.Pass(30);
    scene.Settle();
    CHECK(scene.Entry("w")->attempt == 1);
  }
  SECTION("then under another name") {
    scene.Pass(30);
    const Plan plan = scene.Settle();
    CHECK(scene.Entry("w")->attempt == 2);
    CHECK(scene.Entry("w")->job_name != first);
    CHECK(std::get<CreateJob>(plan.actions.at(0)).job.attempt == 2);
  }
  SECTION("not at all when the node has the version meanwhile") {
    scene.node("w").kubelet_version = kNew;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
  }
  SECTION("not at all when the object is being deleted: the node is released") {
    scene.upgrade().meta.deleted = scene.now.wall;
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "Interrupted");
    CHECK_FALSE(scene.node("w").unschedulable);
  }
}

TEST_CASE("the back-off doubles from 30 s to 10 min", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.failure_policy.max_attempts = 8; }));
  std::vector<long> waits;
  for (int attempt = 1; attempt < 8; ++attempt) {
    FailJob(scene);
    scene.Settle();
    const auto wait = *scene.Entry("w")->retry_time - scene.now.wall;
    waits.push_back(std::chrono::floor<std::chrono::seconds>(wait).count());
    scene.now.wall += wait;
    InstantCluster(scene).Run();
  }
  CHECK(waits == std::vector<long>{30, 60, 120, 240, 480, 600, 600});
}

TEST_CASE("after the last attempt the node has failed and stays cordoned", "[planner]") {
  Scene scene = JobAtWork();
  FailJob(scene);
  scene.Settle();
  scene.Pass(30);
  InstantCluster(scene).Run();
  FailJob(scene);
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  REQUIRE(scene.status().failures.size() == 1);
  const api::NodeFailure& failure = scene.status().failures[0];
  CHECK(failure.reason == api::FailureReason::kJobFailed);
  CHECK(failure.attempts == 2);
  CHECK(failure.node_changed);
  CHECK(scene.Conditions() == "F F T NodesFailed");

  SECTION("a new value of retry grants as many attempts again, numbers only grow") {
    scene.AskForRetry("1");
    InstantCluster(scene).Run();
    REQUIRE(scene.Entry("w") != nullptr);
    CHECK(scene.Entry("w")->attempt == 3);
    CHECK(scene.Entry("w")->attempt_limit == 4);
  }
  SECTION("so does a changed spec") {
    scene.Edit();
    InstantCluster(scene).Run();
    REQUIRE(scene.Entry("w") != nullptr);
    CHECK(scene.Entry("w")->attempt == 3);
  }
  SECTION("a change of paused does not") {
    scene.spec().paused = true;
    ++scene.upgrade().meta.generation;
    scene.Settle();
    scene.spec().paused = false;
    ++scene.upgrade().meta.generation;
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
  }
  SECTION("a person who repaired it: verified and released without a Job") {
    scene.node("w").kubelet_version = kNew;
    scene.leases["w"]["w"].renew_time = "1";
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
    scene.leases["w"]["w"].renew_time = "2";
    scene.Settle();
    scene.Pass(10);
    InstantCluster(scene).Run();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK(scene.status().failures.empty());
    CHECK(scene.jobs.size() == 2);
  }
  SECTION("a person who uncordons it: our mark goes, it stays failed") {
    scene.node("w").unschedulable = false;
    InstantCluster(scene).Run();
    CHECK(scene.node("w").meta.annotations.empty());
    CHECK(scene.ReasonOfFailure() == "JobFailed");
  }
  SECTION("a person who repairs it and takes the cordon and our word off: the other marks go") {
    scene.node("w").kubelet_version = kNew;
    scene.node("w").unschedulable = false;
    scene.node("w").meta.annotations = {{std::string(api::kScaleDownDisabled), "true"}};
    InstantCluster(scene).Run();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK(scene.node("w").meta.annotations.empty());
    CHECK(scene.status().failures.empty());
  }
  SECTION("a deletion releases it") {
    scene.upgrade().meta.deleted = scene.now.wall;
    InstantCluster(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
  }
}

TEST_CASE("a version that comes back gets new attempts, not its old Jobs", "[planner]") {
  const auto edit = [](Scene& scene, const std::string& version) {
    scene.spec().version = version;
    scene.Edit();
    InstantCluster(scene).Run();
    REQUIRE(scene.StepOf("w") == "Upgrading");
  };
  SECTION("after failures") {
    Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(
        [](api::ClusterUpgrade& upgrade) { upgrade.spec.failure_policy.max_attempts = 1; }));
    FailJob(scene);
    InstantCluster(scene).Run();
    edit(scene, "v1.36.3+b");
    CHECK(scene.Entry("w")->attempt == 1);
    FailJob(scene);
    InstantCluster(scene).Run();
    edit(scene, kNew);
    CHECK(scene.Entry("w")->attempt == 2);
    CHECK(scene.Entry("w")->attempt_limit == 2);
    CHECK(scene.jobs.size() == 3);
    CHECK_FALSE(JobOf(scene).failed);
  }
  SECTION("after successes") {
    Scene scene = JobAtWork();
    const auto succeed = [&] {
      InstantCluster cluster(scene);
      cluster.CompleteJob(scene.Entry("w")->job_name);
      scene.node("w").kubelet_version = scene.Entry("w")->version;
      cluster.Run();
      scene.Pass(10);
      cluster.Run();
      REQUIRE(scene.Conditions() == "T F F Upgraded");
    };
    succeed();
    edit(scene, "v1.36.3+b");
    succeed();
    edit(scene, kNew);
    CHECK(scene.Entry("w")->attempt == 2);
    CHECK(scene.jobs.size() == 3);
    CHECK_FALSE(JobOf(scene).complete);
  }
}

TEST_CASE("what finds no place among the postponed has failed", "[planner]") {
  Scene scene;
  scene.server_version = kNew;
  scene.Add(Worker("a")).Add(Worker("b").At(kNew));
  for (int i = 0; i < 100; ++i) {
    const std::string name = "z-" + std::to_string(i);
    scene.Add(Worker(name));
    scene.status().postponed.push_back(
        {name, name + "-uid", api::PostponeReason::kUncordonedByUser, kStart});
  }
  InstantCluster cluster(scene);
  cluster.RunTo("a", "Upgrading");
  scene.node("a").unschedulable = false;
  scene.node("a").meta.annotations.erase(std::string(api::kDesiredVersion));
  cluster.Run();
  CHECK(scene.status().postponed.size() == 100);
  REQUIRE(scene.status().failures.size() == 1);
  CHECK(scene.status().failures[0].reason == api::FailureReason::kUncordonedByUser);
  CHECK_FALSE(scene.status().failures[0].node_changed);
  CHECK_FALSE(scene.node("a").unschedulable);
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T NodesFailed");
}
