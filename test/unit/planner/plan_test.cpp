#include "planner/plan.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Worker "a" fails now; `count` others have failed before.
Scene FailsAfter(int count) {
  Scene scene = Workers(count);
  scene.spec().failure_policy.max_failed_nodes = 1'000;
  for (int i = 1; i <= count; ++i) {
    AddFailure(scene, "worker-" + std::to_string(i));
  }
  scene.Add(Worker("a").CordonedByUs().Annotation(api::kDesiredVersion, kNew));
  scene.status().in_progress = {EntryFor("a", api::NodeStep::kUpgrading)};
  scene.status().in_progress[0].announced = After(-1800);
  scene.status().postponed = {PostponedFor("a", api::PostponeReason::kDrainTimeout)};
  return scene;
}

}  // namespace

TEST_CASE("equal worlds give equal plans", "[planner]") {
  Scene scene = OneWorkerBehind();
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

TEST_CASE("the finalizer goes on before the first cordon and off after the last release",
          "[planner]") {
  Scene scene = OneWorkerBehind();
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
  Scene scene = OneWorkerBehind();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(scene.Actions().empty());
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F Deleting");
}

TEST_CASE("finished Jobs expire once their verdict is durable", "[planner]") {
  Scene scene = JobAtWork();
  InstantCluster(scene).CompleteJob(scene.Entry("w")->job_name);
  const Plan first = scene.Look();
  CHECK(Describe(first.actions).empty());
  const Plan then = scene.Settle();
  CHECK(Describe(then.actions) == Lines{"ExpireJob w"});
  CHECK(std::get<ExpireJob>(then.actions.at(0)).ttl_seconds == 3600);
}

TEST_CASE("work on our own node watches our other replicas", "[planner]") {
  Scene scene = Workers(1);
  scene.self.node = "worker-1";
  scene.self.pod = "system/me";
  scene.Settle();
  CHECK(scene.open.contains({WatchKind::kOwnReplicas, ""}));
}

TEST_CASE("work on another node, or without a pod of our own, watches no replicas", "[planner]") {
  Scene scene = Workers(1);
  SECTION("another node") {
    scene.self.node = "master";
    scene.self.pod = "system/me";
  }
  SECTION("outside the cluster") {
    scene.self.node = "worker-1";
  }
  scene.Settle();
  REQUIRE(scene.InWork() == "worker-1");
  CHECK_FALSE(scene.open.contains({WatchKind::kOwnReplicas, ""}));
}

TEST_CASE("a Job that has failed expires as well, once", "[planner]") {
  Scene scene = JobAtWork();
  FailJob(scene);
  const Plan plan = scene.Settle();
  REQUIRE(scene.Entry("w")->retry_time);
  CHECK(Describe(plan.actions) == Lines{"ExpireJob w"});
  JobOf(scene).ttl_seconds = 3600;
  CHECK(scene.Actions().empty());
}

TEST_CASE("a Job that is at work does not expire, nor does one that is judged by nobody yet",
          "[planner]") {
  Scene scene = JobAtWork();
  CHECK(scene.Look().actions.empty());
  JobOf(scene).failed = true;
  CHECK(scene.Look().actions.empty());
}

TEST_CASE("a failure ends the node's work and its postponement, and is recorded once",
          "[planner]") {
  Scene scene = FailsAfter(2);
  AddFailure(scene, "a");
  scene.status().failures[2].retried = true;
  const api::ClusterUpgradeStatus status = scene.Look().status;
  CHECK(status.in_progress.empty());
  CHECK(status.postponed.empty());
  REQUIRE(status.failures.size() == 3);
  CHECK(status.failures[2].name == "a");
  CHECK(status.failures[2].reason == api::FailureReason::kNotUpgradedInTime);
  CHECK_FALSE(status.failures[2].retried);
}

TEST_CASE("of a hundred failures one that was given fresh attempts makes room", "[planner]") {
  Scene scene = FailsAfter(100);
  scene.status().failures[3].retried = true;
  scene.status().failures[7].retried = true;
  scene.status().in_progress.push_back(EntryFor("worker-4", api::NodeStep::kCordoning));
  const api::ClusterUpgradeStatus status = scene.Look().status;
  REQUIRE(status.failures.size() == 100);
  CHECK(status.failures[3].name == "worker-5");
  CHECK(status.failures.back().name == "a");
}

TEST_CASE("a node that is postponed again is named once", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").CordonedByUs());
  scene.node("w").unschedulable = false;
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.status().postponed = {PostponedFor("w", api::PostponeReason::kDrainTimeout)};
  const api::ClusterUpgradeStatus status = scene.Look().status;
  REQUIRE(status.postponed.size() == 1);
  CHECK(status.postponed[0].reason == api::PostponeReason::kUncordonedByUser);
}

TEST_CASE("the epoch is written with an intent and before an action, not with a report",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Settle();
  REQUIRE(scene.StepOf("w") == "Cordoning");
  scene.self.epoch = 7;
  CHECK(scene.Look().status.epoch == 7);  // the finalizer is wanted
  scene.spec().paused = true;
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  const Plan report = scene.Look();
  CHECK(report.actions.empty());
  CHECK(report.status != scene.status());
  CHECK(report.status.epoch == 1);
}

TEST_CASE("memory of a node lasts as long as it is in work", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.memory.nodes["gone-uid"].lease = {"1", {}};
  scene.Settle();
  REQUIRE(scene.InWork() == "w");
  CHECK_FALSE(scene.memory.nodes.contains("gone-uid"));
  scene.memory.nodes["w-uid"].lease = {"1", {}};
  scene.Look();
  CHECK(scene.memory.nodes.at("w-uid").lease->renew_time == "1");
}

TEST_CASE("memory of a node that leaves work is kept until that is durable", "[planner]") {
  Scene scene = FailsAfter(1);
  scene.status().in_progress.push_back(EntryFor("worker-1", api::NodeStep::kDraining));
  scene.memory.nodes["a-uid"].lease = {"1", {}};
  const Plan plan = scene.Look();
  REQUIRE(plan.status.in_progress.size() == 1);
  CHECK(plan.memory.nodes.contains("a-uid"));
  scene.Adopt(plan);
  CHECK_FALSE(scene.Look().memory.nodes.contains("a-uid"));
}

TEST_CASE("at most twenty refusals leave a plan", "[planner]") {
  Scene scene = Workers(1);
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  for (int i = 0; i < 25; ++i) {
    scene.Add("worker-1", PodBuilder("alone-" + std::to_string(i)).Unmanaged());
  }
  CHECK(scene.Settle().refusals.size() == 20);
}

TEST_CASE("an object that is not the oldest wants nothing but to let go", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(UpgradeBuilder("earlier").Created(After(-10)));
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  const Plan plan = scene.Settle();
  CHECK(Describe(plan.actions) == Lines{"RemoveFinalizer"});
  CHECK(plan.watches.empty());
  SECTION("but what it has begun is seen through") {
    scene.status().in_progress = {EntryFor("w", api::NodeStep::kUncordoning)};
    scene.Add(Worker("w").CordonedByUs());
    CHECK(scene.Actions() == Lines{"Release w"});
  }
}

TEST_CASE("a worker that is newer by a patch is told once", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("newer").At("v1.36.9"));
  scene.Settle();
  scene.Settle();
  CHECK(scene.WarningLines() == Lines{"node newer is skipped: at v1.36.9, newer than v1.36.3"});
}
