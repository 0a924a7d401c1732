#include "planner/executors/job.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a Job that somebody deleted is a failed attempt", "[planner]") {
  Scene scene = JobAtWork();
  scene.jobs.clear();
  scene.current = false;
  scene.Settle();
  CHECK_FALSE(scene.Entry("w")->retry_time);
  scene.current = true;
  scene.Settle();
  REQUIRE(scene.Entry("w")->retry_time);
  CHECK(scene.Entry("w")->message.find("JobLost") != std::string::npos);
}

TEST_CASE("before its Job exists a node can still be given back", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  SECTION("by a user's uncordon") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
  }
  SECTION("by deletion") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  SECTION("by the label") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("the Job is created once its intent is durable, and its UID is recorded", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
  CHECK(scene.Entry("w")->attempt == 1);
  CHECK(scene.Entry("w")->job_uid.empty());
  InstantCluster(scene).Run();
  CHECK(scene.Entry("w")->job_uid == scene.Entry("w")->job_name + "-uid");
  CHECK(scene.Actions().empty());
}

TEST_CASE("no Job starts beside another one on the node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  SECTION("an unfinished Job") {
    api::Job other;
    other.meta.ns = kJobNamespace;
    other.meta.name = "cu-w-other";
    other.meta.annotations[std::string(api::kJobNode)] = "w";
    scene.jobs[other.meta.Key()] = other;
    CHECK(scene.Actions().empty());
    CHECK(scene.Entry("w")->message == "waiting for Job cu-w-other to end");
    scene.jobs.begin()->second.meta.annotations[std::string(api::kJobNode)] = "v";
  }
  SECTION("a live pod of one that is gone") {
    scene.Add("w",
              PodBuilder("cu-w-other")
                  .In(kJobNamespace)
                  .Label(std::string(api::kJobUpgrade), "production"));
    CHECK(scene.Actions().empty());
    scene.pods["w"].begin()->second.phase = api::PodPhase::kFailed;
  }
  CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
}

TEST_CASE("a Job that the server will never take fails the unchanged node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Action create = scene.Settle().actions.at(0);
  scene.Answer(create, Outcome::kForbidden, "no quota");
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->message.find("was rejected: no quota") != std::string::npos);

  SECTION("at once when it is invalid") {
    scene.results[KeyOf(create)].outcome = Outcome::kInvalid;
  }
  SECTION("in the end when it is forbidden") {
    scene.Pass(90);
  }
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "JobRefused");
  scene.Pass(30);
  InstantCluster(scene).Run();
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("a Job that succeeded leads to Verifying", "[planner]") {
  Scene scene = JobAtWork();
  SECTION("its condition says so") {
    JobOf(scene).complete = true;
  }
  SECTION("its pod says so first") {
    PodOf(scene).phase = api::PodPhase::kSucceeded;
  }
  SECTION("it was killed by the reboot it caused, yet the node has the version") {
    JobOf(scene).failed = true;
    scene.node("w").kubelet_version = kNew;
  }
  SECTION("it was deleted, yet the node has the version") {
    scene.jobs.clear();
    scene.node("w").kubelet_version = kNew;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Verifying");
}

TEST_CASE("the version alone ends nothing while its Job is at work", "[planner]") {
  Scene scene = JobAtWork();
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
}

TEST_CASE("a pause lets a started Job finish but starts none", "[planner]") {
  Scene waiting = Upgrading(UpgradeBuilder().ByJob());
  waiting.spec().paused = true;
  CHECK(waiting.Actions().empty());

  Scene started = JobAtWork();
  started.spec().paused = true;
  InstantCluster cluster(started);
  cluster.CompleteJob(started.Entry("w")->job_name);
  started.node("w").kubelet_version = kNew;
  cluster.Run();
  started.Pass(10);
  cluster.Run();
  CHECK(started.InWork().empty());
  CHECK_FALSE(started.node("w").unschedulable);
}

TEST_CASE("a started Job is seen through for the version it was started for", "[planner]") {
  Scene scene = JobAtWork();
  SECTION("after an edit of the version") {
    scene.spec().version = "v1.36.4";
    scene.Edit();
  }
  SECTION("after exclusion") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  SECTION("under deletion") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  SECTION("after a user's uncordon") {
    scene.node("w").unschedulable = false;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->version == kNew);
  CHECK(scene.Actions().empty());
}

TEST_CASE("a program that brings another patch fails its node, and nobody else is begun",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.server_version = kNew;
  scene.Add(Worker("w")).Add(Worker("w-2"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  cluster.Run();
  bool fails = false;
  SECTION("it ends well") {}
  SECTION("it fails") {
    fails = true;
  }
  scene.node("w").kubelet_version = "v1.36.4";
  const std::string job = scene.Entry("w")->job_name;
  fails ? cluster.FailJob(job) : cluster.CompleteJob(job);
  cluster.Run();
  scene.Pass(600);
  cluster.Run();
  scene.Pass(30);
  cluster.Run();
  CHECK(scene.jobs.size() == 1);
  CHECK(scene.ReasonOfFailure() == "WrongVersion");
  CHECK(scene.status().failures.front().message ==
        "it is at v1.36.4, newer than v1.36.3; downgrades are not supported: set spec.version to "
        "v1.36.4, or replace the node");
  CHECK(scene.node("w").unschedulable);
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T TooManyFailed");
  CHECK(scene.status().nodes.failed == 1);

  SECTION("fresh attempts do not go back either") {
    scene.AskForRetry("1");
    cluster.Run();
    CHECK(scene.jobs.size() == 1);
    CHECK(scene.Conditions() == "F F T TooManyFailed");
  }
  SECTION("the version that it has is asked for") {
    scene.server_version = "v1.36.4";
    scene.spec().version = "v1.36.4";
    scene.Edit();
    scene.Settle();
    CHECK(scene.InWork() == "w");
    CHECK(scene.StepOf("w") == "Verifying");
  }
}

TEST_CASE("each look at a Job has one verdict", "[planner]") {
  using Kind = AttemptVerdict::Kind;
  Scene scene = JobAtWork();
  const auto look = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    return JobExecutor::Look(work);
  };
  CHECK((look().kind == Kind::kAtWork));
  SECTION("it has succeeded") {
    JobOf(scene).complete = true;
    CHECK((look().kind == Kind::kDone));
  }
  SECTION("it has failed, but the node is there") {
    JobOf(scene).failed = true;
    scene.node("w").kubelet_version = kNew;
    CHECK((look().kind == Kind::kDone));
  }
  SECTION("it has failed") {
    JobOf(scene).failed = true;
    JobOf(scene).failure_reason = "BackoffLimitExceeded";
    JobOf(scene).failure_message = "too often";
    CHECK((look().kind == Kind::kAttemptFailed));
    CHECK(look().cause.message ==
          "Job " + scene.Entry("w")->job_name + " failed: BackoffLimitExceeded, too often");
  }
  SECTION("it is gone") {
    scene.jobs.clear();
    CHECK((look().kind == Kind::kAttemptFailed));
    CHECK(look().cause.reason == api::FailureReason::kJobLost);
    SECTION("as far as we know") {
      scene.current = false;
      CHECK((look().kind == Kind::kAtWork));
    }
  }
  SECTION("another one has taken its name") {
    JobOf(scene).meta.uid = "another";
    CHECK((look().kind == Kind::kAttemptFailed));
  }
  SECTION("between attempts") {
    FailJob(scene);
    scene.Entry("w")->retry_time = After(30);
    CHECK((look().kind == Kind::kAtWork));
    scene.Pass(30);
    CHECK((look().kind == Kind::kNextAttempt));
    scene.upgrade().meta.deleted = scene.now.wall;
    CHECK((look().kind == Kind::kNodeFailed));
    CHECK(look().cause.reason == api::FailureReason::kInterrupted);
    scene.node("w").kubelet_version = kNew;
    CHECK((look().kind == Kind::kDone));
    scene.node("w").ready = false;
    CHECK((look().kind == Kind::kNodeFailed));
  }
}

TEST_CASE("before its Job a node is given back, or fails once it was changed", "[planner]") {
  using Kind = AttemptVerdict::Kind;
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const auto look = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    return JobExecutor::Look(work);
  };
  api::FailureReason reason = api::FailureReason::kInterrupted;
  SECTION("halted") {
    scene.spec().version = "v1.99.0";
  }
  SECTION("left alone") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  SECTION("at a newer version") {
    scene.node("w").kubelet_version = "v1.36.9";
    reason = api::FailureReason::kWrongVersion;
  }
  CHECK((look().kind == Kind::kGiveBack));
  scene.Entry("w")->node_changed = true;
  scene.node("w").unschedulable = false;
  CHECK((look().kind == Kind::kNodeFailed));
  CHECK(look().cause.reason == reason);
  CHECK(look().cause.node_changed);
}

TEST_CASE("the dry runs of a Job and its pod are named after the spec", "[planner]") {
  const Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Snapshot seen(scene);
  const auto actions = JobExecutor::Rehearse(seen.planning(), *seen.planning().EntryOf("w"));
  REQUIRE(actions.size() == 2);
  const auto& create = std::get<CreateJob>(actions[0]);
  CHECK(create.dry_run);
  CHECK(create.job.name == "cu-preflight-spec-1");
  CHECK(create.job.node == "w");
  CHECK(create.job.pod_template == "{}");
  const auto& pod = std::get<RehearsePod>(actions[1]);
  CHECK(pod.job.name == create.job.name);
  CHECK(pod.job_uid.empty());
}

TEST_CASE("a Job that may run its pod on another node is deleted at once", "[planner]") {
  Scene scene = JobAtWork();
  JobOf(scene).node_name = "";
  bool bound = false;
  SECTION("a webhook has taken its node away") {}
  SECTION("it has moved it") {
    JobOf(scene).node_name = "other";
  }
  SECTION("its affinity still names the node alone") {
    JobOf(scene).placement.required = {{{}, {{"metadata.name", api::NodeOperator::kIn, {"w"}}}}};
    bound = true;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == (bound ? "Upgrading" : "Uncordoning"));
  CHECK(scene.ReasonOfFailure() == (bound ? "" : "JobNeverStarted"));
  CHECK(scene.Actions().size() == (bound ? 0 : 1));
}

TEST_CASE("a pod that was bound after the drain leaves before the Job is created", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  scene.Add("w", PodBuilder("late"));
  CHECK(scene.Actions() == Lines{"Evict team-a/late"});
  CHECK(scene.Entry("w")->message.starts_with(
      "pod team-a/late was bound to the node after its drain"));
  SECTION("it leaves") {
    scene.pods["w"].clear();
    CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
  }
  SECTION("it ends by itself") {
    scene.pods["w"].at("team-a/late").phase = api::PodPhase::kSucceeded;
    CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
  }
  SECTION("it never does") {
    scene.Pass(3600);
    scene.Settle();
    CHECK(scene.ReasonOfFailure() == "DrainTimeout");
    CHECK(scene.StepOf("w") == "Uncordoning");
  }
  SECTION("nothing is drained") {
    scene.spec().drain.when = api::DrainWhen::kNever;
    CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
  }
  SECTION("the node was changed by an earlier attempt") {
    scene.Entry("w")->node_changed = true;
    CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 attempt 1"});
  }
}
