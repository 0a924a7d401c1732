#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Its first Job exists, and no container of it starts.
Scene UnchangedByJob() {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  DoFirst(scene);
  SpoilImage(scene);
  scene.Settle();
  return scene;
}

}  // namespace

TEST_CASE("the Job is created once its intent is durable, and its UID is recorded", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  CHECK(scene.Acts() == Lines{"CreateJob w v1.36.3 attempt 1"});
  CHECK(scene.Entry("w")->attempt == 1);
  CHECK(scene.Entry("w")->job_uid.empty());
  Player(scene).Run();
  CHECK(scene.Entry("w")->job_uid == scene.Entry("w")->job_name + "-uid");
  CHECK(scene.Acts().empty());
}

TEST_CASE("a Job that may be killed carries its deadline", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.executor.kill_on_timeout = true;
    upgrade.spec.executor.timeout_seconds = 77;
  }));
  const Act create = scene.Settle().actions.at(0);
  CHECK(std::get<CreateJob>(create).active_deadline_seconds == 77);
}

TEST_CASE("no Job starts beside another one on the node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  SECTION("an unfinished Job") {
    api::Job other;
    other.meta.ns = kJobNamespace;
    other.meta.name = "cu-w-other";
    other.meta.annotations[std::string(api::kJobNode)] = "w";
    scene.jobs[other.meta.Key()] = other;
    CHECK(scene.Acts().empty());
    CHECK(scene.Entry("w")->message == "waiting for Job cu-w-other to end");
    scene.jobs.begin()->second.meta.annotations[std::string(api::kJobNode)] = "v";
  }
  SECTION("a live pod of one that is gone") {
    scene.Add("w",
              PodBuilder("cu-w-other")
                  .In(kJobNamespace)
                  .Label(std::string(api::kJobUpgrade), "production"));
    CHECK(scene.Acts().empty());
    scene.pods["w"].begin()->second.phase = api::PodPhase::kFailed;
  }
  CHECK(scene.Acts() == Lines{"CreateJob w v1.36.3 attempt 1"});
}

TEST_CASE("a Job that the server will never take fails the unchanged node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Act create = scene.Settle().actions.at(0);
  scene.answers[KeyOf(create)] = {
      Verdict::kForbidden, 1, scene.now.steady, scene.now.wall, "no quota", ""};
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->message.find("was refused: no quota") != std::string::npos);

  SECTION("at once when it is invalid") {
    scene.answers[KeyOf(create)].verdict = Verdict::kInvalid;
  }
  SECTION("in the end when it is forbidden") {
    scene.Pass(1800);
  }
  Player(scene).Run();
  CHECK(FailureReason(scene) == "JobRefused");
  scene.Pass(30);
  Player(scene).Run();
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("only a refusal that lasts fails the node", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Act create = scene.Settle().actions.at(0);
  const auto answer = [&](Verdict verdict, const std::string& message) {
    scene.answers[KeyOf(create)] = {verdict, 1, scene.now.steady, scene.now.wall, message, ""};
    scene.Settle();
  };
  SECTION("not a server without time, whose words are told") {
    answer(Verdict::kOverload, "too many requests");
    CHECK(scene.Entry("w")->message ==
          "Job " + scene.Entry("w")->job_name + " could not be created yet: too many requests");
    scene.Pass(1800);
    scene.Settle();
    answer(Verdict::kUnknown, "webhook: connection refused");
    CHECK(scene.Entry("w")->message.find("connection refused") != std::string::npos);
  }
  SECTION("not the first one after a long pause") {
    scene.spec().paused = true;
    scene.Pass(7200);
    scene.Settle();
    scene.spec().paused = false;
    scene.Settle();
    answer(Verdict::kForbidden, "no quota");
    scene.Pass(1799);
    scene.Settle();
  }
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.status().failures.empty());
  SECTION("a Job of that name that is not ours, in the end") {
    answer(Verdict::kExists, "already exists");
    scene.Pass(1800);
    scene.Settle();
    CHECK(FailureReason(scene) == "JobRefused");
  }
}

TEST_CASE("External: the clock starts with the announcement and stands while paused", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  scene.Pass(1800);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  Player(scene).Run();
  CHECK(scene.Entry("w")->announced == After(1800));
  scene.Pass(1799);
  scene.spec().paused = true;
  scene.Settle();
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.spec().paused = false;
  scene.Settle();
  scene.Pass(1799);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(1);
  scene.Settle();
  CHECK(FailureReason(scene) == "NotUpgradedInTime");
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

TEST_CASE("a Job past its deadline is left running and the node has failed", "[planner]") {
  Scene scene = JobAtWork();
  scene.Pass(1799);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(1);
  const Plan plan = scene.Settle();
  CHECK(FailureReason(scene) == "JobOverdue");
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
    CHECK(FailureReason(scene) == "JobOverdue");
    CHECK(scene.status().failures.at(0).message.find("ought to have been killed") !=
          std::string::npos);
  }
}

TEST_CASE("a Job that may be killed and never started is known at once", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.executor.kill_on_timeout = true; }));
  DoFirst(scene);
  SpoilImage(scene);
  scene.Pass(1800);
  scene.Settle();
  CHECK(FailureReason(scene) == "JobNeverStarted");
}

TEST_CASE("that a Job never started is not believed of a node that is not Ready", "[planner]") {
  Scene scene = UnchangedByJob();
  scene.node("w").ready = false;
  scene.Pass(1800);
  scene.Settle();
  CHECK(FailureReason(scene) == "JobOverdue");
  CHECK(scene.status().failures.at(0).message.find("the node is not Ready") != std::string::npos);
  Player(scene).Run();
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
  CHECK(FailureReason(scene) == "JobOverdue");
  CHECK(scene.status().failures.at(0).message.find(pod) != std::string::npos);
}

TEST_CASE("a Job that never started a container is deleted and the node given back", "[planner]") {
  Scene scene = UnchangedByJob();
  CHECK(scene.Entry("w")->message.find("its pod waits: ImagePullBackOff") != std::string::npos);
  scene.Pass(1800);

  SECTION("at the first attempt") {
    CHECK(scene.Acts() == Lines{"DeleteJob " + scene.Entry("w")->job_name});
    Player(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK_FALSE(scene.status().failures.at(0).node_changed);
  }
  SECTION("after an attempt that has run, it stays cordoned") {
    scene.Entry("w")->node_changed = true;
    Player(scene).Run();
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.status().failures.at(0).node_changed);
  }
  CHECK(FailureReason(scene) == "JobNeverStarted");
  CHECK(scene.InWork().empty());
  CHECK(scene.jobs.empty());
}

TEST_CASE("a node is not changed by any number of Jobs that never started", "[planner]") {
  Scene scene = UnchangedByJob();
  scene.Pass(1800);
  Player(scene).Run();
  REQUIRE(FailureReason(scene) == "JobNeverStarted");
  scene.Edit();
  Player(scene).RunTo("w", "Upgrading");

  SECTION("the next one that never starts gives it back, too") {
    DoFirst(scene);
    SpoilImage(scene);
    scene.Settle();
    REQUIRE(scene.Entry("w")->attempt == 2);
    scene.Pass(1800);
    Player(scene).Run();
    CHECK(scene.status().failures.at(0).attempts == 2);
    CHECK_FALSE(scene.status().failures.at(0).node_changed);
    CHECK_FALSE(scene.node("w").unschedulable);
  }
  SECTION("a Job that is refused gives it back") {
    const Act create = scene.Settle().actions.at(0);
    scene.answers[KeyOf(create)] = {
        Verdict::kInvalid, 1, scene.now.steady, scene.now.wall, "no", ""};
    Player(scene).Run();
    CHECK(FailureReason(scene) == "JobRefused");
    scene.Pass(30);
    Player(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
  }
  SECTION("a human's uncordon counts") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
  }
  SECTION("a deletion gives it back without a failure of its own") {
    scene.upgrade().meta.deleted = scene.now.wall;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Uncordoning");
    CHECK(FailureReason(scene) == "JobNeverStarted");
  }
}

TEST_CASE("that a container has run is remembered over attempts and failures", "[planner]") {
  Scene scene = JobAtWork();
  CHECK(scene.Entry("w")->node_changed);
  FailJob(scene);
  scene.Settle();
  scene.Pass(30);
  Player(scene).RunTo("w", "Upgrading");
  CHECK(scene.Entry("w")->node_changed);
  DoFirst(scene);
  FailJob(scene);
  Player(scene).Run();
  REQUIRE(scene.status().failures.at(0).node_changed);
  scene.Edit();
  scene.Settle();
  CHECK(scene.Entry("w")->node_changed);
}

TEST_CASE("a pause lets a started Job finish but starts none", "[planner]") {
  Scene waiting = Upgrading(UpgradeBuilder().ByJob());
  waiting.spec().paused = true;
  CHECK(waiting.Acts().empty());

  Scene started = JobAtWork();
  started.spec().paused = true;
  Player player(started);
  player.EndJob(started.Entry("w")->job_name, true);
  started.node("w").kubelet_version = kNew;
  player.Run();
  started.Pass(10);
  player.Run();
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
  SECTION("after a human's uncordon") {
    scene.node("w").unschedulable = false;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->version == kNew);
  CHECK(scene.Acts().empty());
}

TEST_CASE("External: the version is announced and somebody else is waited for", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  CHECK(scene.Acts() == Lines{"Announce w v1.36.3"});
  Player(scene).Run();
  CHECK(scene.Acts().empty());
  CHECK(scene.Entry("w")->message == "waiting for somebody to bring it to v1.36.3");
  CHECK(scene.Entry("w")->job_name.empty());

  SECTION("the version appears") {
    scene.node("w").kubelet_version = kNew;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
  }
  SECTION("it does not in time: the node stays cordoned") {
    scene.Pass(1800);
    Player(scene).Run();
    CHECK(FailureReason(scene) == "NotUpgradedInTime");
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.InWork().empty());
  }
  SECTION("a deletion gives it back") {
    scene.upgrade().meta.deleted = scene.now.wall;
    Player(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK(scene.node("w").meta.annotations.empty());
  }
  SECTION("the label exclude no longer stops it") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
}

TEST_CASE("External: a node that was not announced yet can be given back", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  SECTION("by the label exclude") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  SECTION("by a human's uncordon") {
    scene.node("w").unschedulable = false;
  }
  SECTION("by an impossible target") {
    scene.spec().version = "v1.99.0";
    scene.Edit();
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("finished Jobs expire once their verdict is durable", "[planner]") {
  Scene scene = JobAtWork();
  Player(scene).EndJob(scene.Entry("w")->job_name, true);
  const Plan first = scene.Look();
  CHECK(Describe(first.actions).empty());
  const Plan then = scene.Settle();
  CHECK(Describe(then.actions) == Lines{"ExpireJob"});
  CHECK(std::get<ExpireJob>(then.actions.at(0)).ttl_seconds == 3600);
}

TEST_CASE("a program that brings another patch fails its node, and nobody else is begun",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.server_version = kNew;
  scene.Add(Worker("w")).Add(Worker("w-2"));
  Player player(scene);
  player.RunTo("w", "Upgrading");
  player.Run();
  bool fails = false;
  SECTION("it ends well") {}
  SECTION("it fails") {
    fails = true;
  }
  scene.node("w").kubelet_version = "v1.36.4";
  player.EndJob(scene.Entry("w")->job_name, !fails);
  player.Run();
  scene.Pass(600);
  player.Run();
  scene.Pass(30);
  player.Run();
  CHECK(scene.jobs.size() == 1);
  CHECK(FailureReason(scene) == "WrongVersion");
  CHECK(scene.status().failures.front().message ==
        "it is at v1.36.4, newer than v1.36.3; Kubernetes does not go back: set spec.version to "
        "v1.36.4, or replace the node");
  CHECK(scene.node("w").unschedulable);
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T TooManyFailed");
  CHECK(scene.status().nodes.failed == 1);

  SECTION("fresh attempts do not go back either") {
    scene.upgrade().meta.annotations[std::string(api::kRetry)] = "1";
    player.Run();
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

TEST_CASE("a node that a person brings past the version before its Job is given back",
          "[planner]") {
  const auto executor = GENERATE(api::ExecutorType::kJob, api::ExecutorType::kExternal);
  Scene scene(UpgradeBuilder().ByJob().With(
      [&](api::ClusterUpgrade& upgrade) { upgrade.spec.executor.type = executor; }));
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  Player player(scene);
  player.RunTo("w", "Upgrading");
  scene.node("w").kubelet_version = "v1.36.4";
  player.Run();
  CHECK(scene.jobs.empty());
  CHECK(scene.status().failures.empty());
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(scene.status().nodes.skipped == 1);
}
