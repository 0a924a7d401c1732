#include "planner/executors/jobs.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "api/labels.hpp"
#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the Job's name is made of facts and fits into a label", "[planner]") {
  Scene scene = JobAtWork();
  const std::string first = scene.Entry("w")->job_name;
  CHECK(first.substr(0, 5) == "cu-w-");
  CHECK(first.size() == 5 + 12);

  World world = scene.MakeWorld();
  const Planning planning(world, world.upgrade->status, std::nullopt);
  api::NodeInWork entry = *scene.Entry("w");
  CHECK(JobName(planning, entry) == first);
  entry.name = std::string(60, 'n') + ".example";
  CHECK(JobName(planning, entry).size() == 3 + 40 + 1 + 12);
  entry.name = "Node.9";
  CHECK(JobName(planning, entry).substr(0, 10) == "cu--ode-9-");
  const auto changed = [&](auto change) {
    api::NodeInWork other = *scene.Entry("w");
    change(other);
    return JobName(planning, other) != first;
  };
  CHECK(changed([](auto& e) { e.uid = "other"; }));
  CHECK(changed([](auto& e) { e.version = "v1.36.4"; }));
  CHECK(changed([](auto& e) { e.attempt = 2; }));
  CHECK(changed([](auto& e) { e.stage = api::Stage::kControlPlane; }));
}

TEST_CASE("only Jobs of this object, node and version count as attempts", "[planner]") {
  const auto attempt_beside = [](std::string_view annotation, const std::string& value) {
    Scene scene(UpgradeBuilder().ByJob());
    scene.server_version = kNew;
    scene.Add(Worker("w"));
    api::Job job;
    job.meta.ns = kJobNamespace;
    job.meta.name = "cu-w-earlier";
    job.complete = true;
    job.meta.annotations = {{std::string(api::kJobUpgradeUid), "upgrade-uid"},
                            {std::string(api::kJobNode), "w"},
                            {std::string(api::kJobVersion), kNew},
                            {std::string(api::kJobAttempt), "7"}};
    job.meta.annotations[std::string(annotation)] = value;
    scene.jobs[job.meta.Key()] = job;
    InstantCluster(scene).RunTo("w", "Upgrading");
    return scene.Entry("w")->attempt;
  };
  CHECK(attempt_beside(api::kJobAttempt, "7") == 8);
  CHECK(attempt_beside(api::kJobAttempt, "many") == 1);
  CHECK(attempt_beside(api::kJobAttempt, "2147483647") == 1);
  CHECK(attempt_beside(api::kJobUpgradeUid, "another") == 1);
  CHECK(attempt_beside(api::kJobNode, "v") == 1);
  CHECK(attempt_beside(api::kJobVersion, "v1.36.4") == 1);
}

TEST_CASE("a Job that may be killed carries its deadline", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.executor.kill_on_timeout = true;
    upgrade.spec.executor.timeout_seconds = 77;
  }));
  const Action create = scene.Settle().actions.at(0);
  CHECK(std::get<CreateJob>(create).job.active_deadline_seconds == 77);
}

TEST_CASE("a Job is asked for with all that names its attempt", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  scene.Entry("w")->stage = api::Stage::kControlPlane;
  scene.Entry("w")->attempt = 3;
  const Snapshot seen(scene);
  const api::JobRequest job = planner::JobOf(seen.planning(), *seen.planning().EntryOf("w"));
  CHECK(job.name == scene.Entry("w")->job_name);
  CHECK(job.node == "w");
  CHECK(job.upgrade == "production");
  CHECK(job.upgrade_uid == "upgrade-uid");
  CHECK(job.version == kNew);
  CHECK(job.stage == api::Stage::kControlPlane);
  CHECK(job.attempt == 3);
  CHECK(job.pod_template == "{}");
  CHECK_FALSE(job.active_deadline_seconds);
}

TEST_CASE("a Job is found by its name in our namespace", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(UpgradeJob("cu-w-1", "w"));
  api::Job elsewhere = UpgradeJob("cu-w-2", "w");
  elsewhere.meta.ns = "team-a";
  scene.Add(elsewhere);
  const Snapshot seen(scene);
  REQUIRE(FindJob(seen.planning(), "cu-w-1") != nullptr);
  CHECK(FindJob(seen.planning(), "cu-w-1")->meta.uid == "cu-w-1-uid");
  CHECK(FindJob(seen.planning(), "cu-w-2") == nullptr);
}

TEST_CASE("beside a node's own Job another one counts until it is over", "[planner]") {
  api::ObjectMap<api::Job> jobs;
  const auto add = [&](const api::Job& job) { jobs[job.meta.Key()] = job; };
  add(UpgradeJob("cu-w-own", "w"));
  add(UpgradeJob("cu-v-1", "v"));
  const auto beside = [&] { return UnfinishedJobBeside(jobs, "w", "cu-w-own") != nullptr; };
  CHECK_FALSE(beside());
  CHECK(UnfinishedJobBeside(jobs, "w", "") != nullptr);
  api::Job other = UpgradeJob("cu-w-other", "w");
  add(other);
  CHECK(beside());
  SECTION("complete") {
    other.complete = true;
  }
  SECTION("failed") {
    other.failed = true;
  }
  add(other);
  CHECK_FALSE(beside());
}

TEST_CASE("of a Job's pods those live that have not ended", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web")).Add("w", UpgradeJobPod("cu-w-1"));
  scene.WatchAllPods();
  const auto live = [&] {
    const Snapshot seen(scene);
    const api::Pod* pod = LiveJobPod(seen.planning(), *seen.planning().PodsOf("w"));
    return pod == nullptr ? "" : pod->meta.name;
  };
  CHECK(live() == "cu-w-1-pod");
  scene.Add("w", UpgradeJobPod("cu-w-1").Phase(api::PodPhase::kSucceeded));
  CHECK(live().empty());
  scene.Add("w", UpgradeJobPod("cu-w-1").Terminating(After(30), 30));
  CHECK(live() == "cu-w-1-pod");
}

TEST_CASE("small letters and digits stay in a Job's name, all else becomes a dash", "[planner]") {
  Scene scene = OneWorker();
  const Snapshot seen(scene);
  const auto readable = [&](const std::string& node) {
    const std::string name = JobName(seen.planning(), EntryFor(node, api::NodeStep::kUpgrading));
    return name.substr(3, node.size());
  };
  CHECK(readable("az09") == "az09");
  CHECK(readable("A`{/:.") == "------");
}
