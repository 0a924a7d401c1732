#include <string>

#include <catch2/catch.hpp>

#include "planner/executors/job.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("only a refusal that lasts fails the node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Action create = scene.Settle().actions.at(0);
  const auto answer = [&](Outcome verdict, const std::string& message) {
    scene.Answer(create, verdict, message);
    scene.Settle();
  };
  SECTION("not a server without time for some minutes, whose words are told") {
    answer(Outcome::kOverload, "too many requests");
    CHECK(scene.Entry("w")->message ==
          "Job " + scene.Entry("w")->job_name + " could not be created yet: too many requests");
    scene.Pass(599);
    scene.Settle();
    answer(Outcome::kUnknown, "webhook: connection refused");
    CHECK(scene.Entry("w")->message.find("connection refused") != std::string::npos);
  }
  SECTION("not the first one after a long pause") {
    scene.spec().paused = true;
    scene.Pass(7200);
    scene.Settle();
    scene.spec().paused = false;
    scene.Settle();
    answer(Outcome::kForbidden, "no quota");
    scene.Pass(89);
    scene.Settle();
  }
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.status().failures.empty());
  SECTION("a Job of that name that is not ours, in the end") {
    answer(Outcome::kExists, "already exists");
    scene.Pass(90);
    scene.Settle();
    CHECK(scene.ReasonOfFailure() == "JobRefused");
  }
}

TEST_CASE("a Job past its deadline is left running and the node has failed", "[planner]") {
  Scene scene = JobAtWork();
  scene.Pass(1799);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(1);
  const Plan plan = scene.Settle();
  CHECK(scene.ReasonOfFailure() == "JobOverdue");
  CHECK(scene.InWork().empty());
  CHECK(plan.actions.size() == 1);  // the finalizer alone
  CHECK(scene.jobs.size() == 1);
}

TEST_CASE("a Job that is killed after its time is a failed attempt", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.executor.kill_on_timeout = true; }));
  PodOf(scene).grace_seconds = 20;
  scene.Pass(1800 + 79);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->message.find("it is being killed") != std::string::npos);
  SECTION("once it has ended") {
    FailJob(scene);
    scene.Settle();
    REQUIRE(scene.Entry("w") != nullptr);
    CHECK(scene.Entry("w")->retry_time);
    CHECK(scene.status().failures.empty());
  }
  SECTION("not though its pod is gone already") {
    scene.pods["w"].clear();
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
  SECTION("it is overdue when even that does not end it") {
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.ReasonOfFailure() == "JobOverdue");
    CHECK(scene.status().failures.at(0).message.find("should have been killed") !=
          std::string::npos);
  }
}

TEST_CASE("a Job that may be killed and never started is known at once", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.executor.kill_on_timeout = true; }));
  ApplyFirst(scene);
  SpoilImage(scene);
  scene.Pass(1800);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
}

TEST_CASE("that a Job never started is not believed of a node that is not Ready", "[planner]") {
  Scene scene = UnchangedByJob();
  scene.node("w").ready = false;
  scene.Pass(1800);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "JobOverdue");
  CHECK(scene.status().failures.at(0).message.find("the node is not Ready") != std::string::npos);
  InstantCluster(scene).Run();
  CHECK(scene.node("w").unschedulable);
  CHECK(scene.jobs.size() == 1);
}

TEST_CASE("a pod that outlives its deleted Job is waited for, but not for ever", "[planner]") {
  Scene scene = JobAtWork();
  const std::string pod = PodOf(scene).meta.Key();
  scene.jobs.clear();
  scene.Settle();
  scene.Pass(30);
  scene.Settle();
  CHECK(scene.Entry("w")->attempt == 1);
  CHECK(scene.Entry("w")->message.find("waits for pod " + pod) != std::string::npos);

  scene.Pass(1800);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "JobOverdue");
  CHECK(scene.status().failures.at(0).message.find(pod) != std::string::npos);
}

TEST_CASE("a Job that never started a container is deleted and the node given back", "[planner]") {
  Scene scene = UnchangedByJob();
  CHECK(scene.Entry("w")->message.find("its pod is waiting: ImagePullBackOff") !=
        std::string::npos);
  scene.Pass(1800);

  SECTION("at the first attempt") {
    CHECK(scene.Actions() == Lines{"DeleteJob w"});
    InstantCluster(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK_FALSE(scene.status().failures.at(0).node_changed);
  }
  SECTION("after an attempt that has run, it stays cordoned") {
    scene.Entry("w")->node_changed = true;
    InstantCluster(scene).Run();
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.status().failures.at(0).node_changed);
  }
  CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
  CHECK(scene.InWork().empty());
  CHECK(scene.jobs.empty());
}

TEST_CASE("a node is not changed by any number of Jobs that never started", "[planner]") {
  Scene scene = UnchangedByJob();
  scene.Pass(1800);
  InstantCluster(scene).Run();
  REQUIRE(scene.ReasonOfFailure() == "JobNeverStarted");
  scene.Edit();
  InstantCluster(scene).RunTo("w", "Upgrading");

  SECTION("the next one that never starts gives it back, too") {
    ApplyFirst(scene);
    SpoilImage(scene);
    scene.Settle();
    REQUIRE(scene.Entry("w")->attempt == 2);
    scene.Pass(1800);
    InstantCluster(scene).Run();
    CHECK(scene.status().failures.at(0).attempts == 2);
    CHECK_FALSE(scene.status().failures.at(0).node_changed);
    CHECK_FALSE(scene.node("w").unschedulable);
  }
  SECTION("a Job that is refused gives it back") {
    const Action create = scene.Settle().actions.at(0);
    scene.Answer(create, Outcome::kInvalid, "no");
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "JobRefused");
    scene.Pass(30);
    InstantCluster(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
  }
  SECTION("a user's uncordon counts") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
  }
  SECTION("a deletion gives it back without a failure of its own") {
    scene.upgrade().meta.deleted = scene.now.wall;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Uncordoning");
    CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
  }
}

TEST_CASE("that a container has run is remembered over attempts and failures", "[planner]") {
  Scene scene = JobAtWork();
  CHECK(scene.Entry("w")->node_changed);
  FailJob(scene);
  scene.Settle();
  scene.Pass(30);
  InstantCluster(scene).RunTo("w", "Upgrading");
  CHECK(scene.Entry("w")->node_changed);
  ApplyFirst(scene);
  FailJob(scene);
  InstantCluster(scene).Run();
  REQUIRE(scene.status().failures.at(0).node_changed);
  scene.Edit();
  scene.Settle();
  CHECK(scene.Entry("w")->node_changed);
}
