#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/node_steps.hpp"
#include "unit/planner/player.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using Lines = std::vector<std::string>;

/// One worker without pods whose step is Upgrading, by Job or by hand.
Scene Upgrading(const UpgradeBuilder& upgrade) {
  Scene scene(upgrade);
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  Player(scene).RunTo("w", "Upgrading");
  return scene;
}

/// The same with its Job at work.
Scene JobAtWork(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene = Upgrading(upgrade);
  Player(scene).Run();
  REQUIRE(scene.jobs.size() == 1);
  REQUIRE_FALSE(scene.Entry("w")->job_uid.empty());
  return scene;
}

api::Job& JobOf(Scene& scene) {
  return scene.jobs.at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name);
}

api::Pod& PodOf(Scene& scene) {
  return scene.pods["w"].at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name + "-pod");
}

void FailJob(Scene& scene) {
  Player(scene).EndJob(scene.Entry("w")->job_name, false);
}

std::string FailureReason(const Scene& scene) {
  const auto& failures = scene.upgrades.at(scene.subject).status.failures;
  return failures.empty() ? "" : failures.front().reason;
}

}  // namespace

TEST_CASE("the Job's name is made of facts and fits into a label", "[planner]") {
  Scene scene = JobAtWork();
  const std::string first = scene.Entry("w")->job_name;
  CHECK(first.substr(0, 5) == "cu-w-");
  CHECK(first.size() == 5 + 12);

  World world = scene.MakeWorld();
  const Draft draft(world);
  api::NodeInWork entry = *scene.Entry("w");
  CHECK(JobName(draft, entry) == first);
  entry.name = std::string(60, 'n') + ".example";
  CHECK(JobName(draft, entry).size() == 3 + 40 + 1 + 12);
  entry.name = "Node.9";
  CHECK(JobName(draft, entry).substr(0, 10) == "cu--ode-9-");
  const auto changed = [&](auto change) {
    api::NodeInWork other = *scene.Entry("w");
    change(other);
    return JobName(draft, other) != first;
  };
  CHECK(changed([](auto& e) { e.uid = "other"; }));
  CHECK(changed([](auto& e) { e.version = "v1.36.4"; }));
  CHECK(changed([](auto& e) { e.attempt = 2; }));
  CHECK(changed([](auto& e) { e.stage = api::Stage::kControlPlane; }));
}

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
  SECTION("in the end when it is forbidden") { scene.Pass(1800); }
  Player(scene).Run();
  CHECK(FailureReason(scene) == "JobRefused");
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("a Job that succeeded leads to Verifying", "[planner]") {
  Scene scene = JobAtWork();
  SECTION("its condition says so") { JobOf(scene).complete = true; }
  SECTION("its pod says so first") { PodOf(scene).phase = api::PodPhase::kSucceeded; }
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
    CHECK(std::get<CreateJob>(plan.actions.at(0)).attempt == 2);
  }
  SECTION("not at all when the node has the version meanwhile") {
    scene.node("w").kubelet_version = kNew;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
  }
  SECTION("not at all when the object is being deleted: the node is released") {
    scene.upgrade().meta.deleted = scene.now.wall;
    Player(scene).Run();
    CHECK(FailureReason(scene) == "Interrupted");
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
    Player(scene).Run();
  }
  CHECK(waits == std::vector<long>{30, 60, 120, 240, 480, 600, 600});
}

TEST_CASE("after the last attempt the node has failed and stays cordoned", "[planner]") {
  Scene scene = JobAtWork();
  FailJob(scene);
  scene.Settle();
  scene.Pass(30);
  Player(scene).Run();
  FailJob(scene);
  Player(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  REQUIRE(scene.status().failures.size() == 1);
  const api::NodeFailure& failure = scene.status().failures[0];
  CHECK(failure.reason == "JobFailed");
  CHECK(failure.attempts == 2);
  CHECK(failure.node_changed);
  CHECK(scene.Conditions() == "F F T NodesFailed");

  SECTION("a new value of retry grants as many attempts again, numbers only grow") {
    scene.upgrade().meta.annotations[std::string(api::kRetry)] = "1";
    Player(scene).Run();
    REQUIRE(scene.Entry("w") != nullptr);
    CHECK(scene.Entry("w")->attempt == 3);
    CHECK(scene.Entry("w")->attempt_limit == 4);
  }
  SECTION("so does a changed spec") {
    scene.Edit();
    Player(scene).Run();
    REQUIRE(scene.Entry("w") != nullptr);
    CHECK(scene.Entry("w")->attempt == 3);
  }
  SECTION("a change of paused does not") {
    scene.spec().paused = true;
    ++scene.upgrade().meta.generation;
    scene.Settle();
    scene.spec().paused = false;
    ++scene.upgrade().meta.generation;
    Player(scene).Run();
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
    Player(scene).Run();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK(scene.status().failures.empty());
    CHECK(scene.jobs.size() == 2);
  }
  SECTION("a person who uncordons it: our mark goes, it stays failed") {
    scene.node("w").unschedulable = false;
    Player(scene).Run();
    CHECK(scene.node("w").meta.annotations.empty());
    CHECK(FailureReason(scene) == "JobFailed");
  }
  SECTION("a deletion releases it") {
    scene.upgrade().meta.deleted = scene.now.wall;
    Player(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
  }
}

TEST_CASE("an edit while the last attempt is at work grants as many again", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.failure_policy.max_attempts = 1; }));
  scene.Edit();
  scene.Settle();
  FailJob(scene);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->retry_time == After(30));
}

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

TEST_CASE("a Job that never started a container is deleted and the node given back",
          "[planner]") {
  Scene scene = JobAtWork();
  PodOf(scene) = PodBuilder(PodOf(scene).meta.name)
                     .In(kJobNamespace)
                     .OwnedBy("Job", scene.Entry("w")->job_name)
                     .Label(std::string(api::kJobUpgrade), "production")
                     .NeverStarted("ImagePullBackOff: no such image");
  scene.Settle();
  CHECK(scene.Entry("w")->message.find("its pod waits: ImagePullBackOff") != std::string::npos);
  scene.Pass(1800);

  SECTION("at the first attempt") {
    CHECK(scene.Acts() == Lines{"DeleteJob " + scene.Entry("w")->job_name});
    Player(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK_FALSE(scene.status().failures.at(0).node_changed);
  }
  SECTION("after an attempt that may have changed the node, it stays cordoned") {
    scene.Entry("w")->attempt = 2;
    Player(scene).Run();
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.status().failures.at(0).node_changed);
  }
  CHECK(FailureReason(scene) == "JobNeverStarted");
  CHECK(scene.InWork().empty());
  CHECK(scene.jobs.empty());
}

TEST_CASE("a failure of an earlier attempt does not touch the Job of a later one", "[planner]") {
  Scene scene = JobAtWork();
  scene.status().failures.push_back(
      {"w", "w-uid", api::NodeStep::kUpgrading, kNew, 0, "JobNeverStarted", "", After(-9), false,
       true});
  Player player(scene);
  player.EndJob(scene.Entry("w")->job_name, true);
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  scene.Pass(10);
  player.Run();
  CHECK(scene.jobs.size() == 1);
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("before its Job exists a node can still be given back", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  SECTION("by a human's uncordon") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
  }
  SECTION("by deletion") { scene.upgrade().meta.deleted = scene.now.wall; }
  SECTION("by the label") { scene.node("w").meta.labels[std::string(api::kExclude)] = "true"; }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("a Job that turns out to have been created is seen through", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  const Act create = scene.Settle().actions.at(0);
  scene.upgrade().meta.deleted = scene.now.wall;
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  Player player(scene);
  player.Do(create);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK_FALSE(scene.Entry("w")->job_uid.empty());
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
  SECTION("after exclusion") { scene.node("w").meta.labels[std::string(api::kExclude)] = "true"; }
  SECTION("under deletion") { scene.upgrade().meta.deleted = scene.now.wall; }
  SECTION("after a human's uncordon") { scene.node("w").unschedulable = false; }
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
  SECTION("by a human's uncordon") { scene.node("w").unschedulable = false; }
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
