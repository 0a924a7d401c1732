#include "planner/nodes/attempts.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/labels.hpp"
#include "base/time.hpp"
#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

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
    scene.leases["w"]["w"].renew_time = "1";
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
    scene.leases.erase("w");
    scene.Settle();
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
    scene.leases.erase("w");
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
    edit(scene, "v1.36.4");
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
    scene.spec().preflight_ignore = {"SuffixDiffers"};
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

TEST_CASE("work begins with the first step, its attempts counted on from a failure", "[planner]") {
  Scene scene = OneWorkerBehind();
  const auto start = [&](const std::string& node) {
    const Snapshot seen(scene);
    return StartWork(seen.planning(), *seen.planning().FindView(node)->scoped);
  };
  scene.spec().failure_policy.max_attempts = 3;
  api::NodeInWork entry = start("w");
  CHECK(entry.uid == "w-uid");
  CHECK(entry.pool == "workers");
  CHECK(entry.version == kNew);
  CHECK(entry.from_version == kOld);
  CHECK(entry.step == api::NodeStep::kCordoning);
  CHECK(entry.stage == api::Stage::kNode);
  CHECK(entry.executor == api::ExecutorType::kExternal);
  CHECK(entry.boot_id == "boot-1");
  CHECK(entry.attempt == 0);
  CHECK(entry.attempt_limit == 3);
  CHECK_FALSE(entry.node_changed);
  CHECK(start("master").stage == api::Stage::kControlPlane);

  scene.status().failures = {FailureOf("w")};
  scene.status().failures[0].daemon_sets = {"team-a/net"};
  entry = start("w");
  CHECK(entry.attempt == 2);
  CHECK(entry.attempt_limit == 5);
  CHECK(entry.node_changed);
  CHECK(entry.daemon_sets == Lines{"team-a/net"});

  scene.status().failures[0].version = "v1.36.2";
  CHECK(start("w").attempt == 0);
  CHECK(start("w").node_changed);
}

TEST_CASE("a repaired node is verified against what was known before, without an attempt",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.node("w").boot_id = "boot-9";
  api::NodeFailure failure = FailureOf("w");
  failure.boot_id = "boot-0";
  failure.daemon_sets = {"team-a/net"};
  const Snapshot seen(scene);
  const api::NodeInWork entry = StartVerifying(seen.planning(), failure);
  CHECK(entry.step == api::NodeStep::kVerifying);
  CHECK(entry.attempt == 2);
  CHECK(entry.attempt_limit == 2);
  CHECK(entry.boot_id == "boot-0");
  CHECK(entry.daemon_sets == Lines{"team-a/net"});
  CHECK_FALSE(entry.has_job());
}

TEST_CASE("a step leaves nothing of the one before", "[planner]") {
  Scene scene = Draining();
  scene.Pass(7);
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  work.entry.message = "m";
  work.entry.blocked_by = {{}};
  work.entry.blocked_by_more = 2;
  work.entry.retry_time = kStart;
  work.entry.verified = true;
  work.entry.released_for = "r";
  work.memory.healthy.emplace();
  work.memory.lease = {"1", {}};
  MoveTo(work, api::NodeStep::kUpgrading);
  CHECK(work.entry.step_time == After(7));
  CHECK(work.entry.message.empty());
  CHECK(work.entry.blocked_by.empty());
  CHECK(work.entry.blocked_by_more == 0);
  CHECK_FALSE(work.entry.retry_time);
  CHECK_FALSE(work.entry.verified);
  CHECK(work.entry.released_for.empty());
  CHECK(work.memory.healthy);
  MoveTo(work, api::NodeStep::kVerifying);
  CHECK_FALSE(work.memory.healthy);
  CHECK_FALSE(work.memory.lease);
}

TEST_CASE("an attempt gets a number that no Job has, and a Job where Jobs do the work",
          "[planner]") {
  Scene scene = Draining(GENERATE(UpgradeBuilder(), UpgradeBuilder().ByJob()));
  scene.Add(UpgradeJob("cu-w-1", "w"));
  scene.node("w").boot_id = "boot-2";
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  work.entry.announced = kStart;
  work.entry.job_uid = "old";
  BeginAttempt(work);
  CHECK(work.entry.step == api::NodeStep::kUpgrading);
  CHECK(work.entry.attempt == 2);
  CHECK(work.entry.attempt_limit == 3);
  CHECK(work.entry.boot_id == "boot-2");
  CHECK_FALSE(work.entry.announced);
  CHECK(work.entry.job_uid.empty());
  CHECK(work.entry.has_job() == (scene.spec().executor.type == api::ExecutorType::kJob));
}

TEST_CASE("a changed node that fails stays as it is, any other is given back", "[planner]") {
  Scene scene = Draining();
  FailureCause cause{api::FailureReason::kJobFailed, "why", true};
  bool stays = true;
  SECTION("changed") {}
  SECTION("not changed") {
    cause.node_changed = false;
    stays = false;
  }
  SECTION("changed before its last Job, which never started and has to go") {
    cause.reason = api::FailureReason::kJobNeverStarted;
    stays = false;
  }
  SECTION("changed, but the object is being deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
    stays = false;
  }
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  work.entry.daemon_sets = {"team-a/net"};
  Fail(work, cause);
  REQUIRE(work.failure);
  CHECK(work.failure->reason == cause.reason);
  CHECK(work.failure->message == "why");
  CHECK(work.failure->step == api::NodeStep::kDraining);
  CHECK(work.failure->daemon_sets.empty() == !cause.node_changed);
  CHECK(work.leaves == stays);
  CHECK((work.entry.step == api::NodeStep::kUncordoning) == !stays);
  CHECK(work.entry.released_for == (stays ? "" : "released: " + NameOf(cause.reason)));
}

TEST_CASE("what is given back says why and is not verified", "[planner]") {
  Scene scene = Draining();
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  GiveBack(work, "because");
  CHECK(work.entry.step == api::NodeStep::kUncordoning);
  CHECK(work.entry.message == "released: because");
  CHECK_FALSE(work.entry.verified);
  CHECK_FALSE(work.failure);
  CHECK_FALSE(work.leaves);
}

TEST_CASE("a failed attempt says when the next one starts", "[planner]") {
  Scene scene = JobAtWork();
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  FailAttempt(work, {api::FailureReason::kJobFailed, "why", true});
  CHECK(work.entry.retry_time == After(30));
  CHECK(work.entry.message == "attempt 1 failed (JobFailed: why); the next attempt starts after " +
                                  base::FormatTime(After(30)));
  CHECK(work.add.wake_at == scene.now.steady + std::chrono::seconds(30));
  CHECK_FALSE(work.failure);
}

TEST_CASE("a postponed node is given back, and named once", "[planner]") {
  Scene scene = Draining();
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  Postpone(work, api::PostponeReason::kDrainTimeout);
  REQUIRE(work.postponed);
  CHECK(work.postponed->name == "w");
  CHECK(work.postponed->uid == "w-uid");
  CHECK(work.postponed->reason == api::PostponeReason::kDrainTimeout);
  CHECK(work.entry.message == "released: DrainTimeout");
}

TEST_CASE("a person's uncordon is told by our mark on a schedulable node", "[planner]") {
  Scene scene = Draining();
  const auto uncordoned = [&] { return UncordonedByUser(Snapshot(scene).WorkOn("w")); };
  CHECK_FALSE(uncordoned());
  scene.node("w").unschedulable = false;
  CHECK(uncordoned());
  scene.node("w").meta.annotations.clear();
  CHECK_FALSE(uncordoned());
}
