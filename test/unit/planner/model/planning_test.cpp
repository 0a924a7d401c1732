#include "planner/model/planning.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("waiting for a wall-clock deadline looks again within 30 s", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan far = scene.Settle();
  CHECK(far.wake_at == scene.now.steady + std::chrono::seconds(30));
  scene.Pass(3590);
  const Plan near = scene.Settle();
  CHECK(near.wake_at == scene.now.steady + std::chrono::seconds(10));
}

TEST_CASE("no deadline passes while the state of the cluster is unknown", "[planner]") {
  Scene scene = OneWorkerBehind();
  const auto passed = [&](int seconds) {
    return Snapshot(scene).planning().HasPassed(After(seconds));
  };
  CHECK(passed(0).answer);
  CHECK_FALSE(passed(0).add.wake_at);
  CHECK_FALSE(passed(10).answer);
  CHECK(passed(10).add.wake_at == scene.now.steady + std::chrono::seconds(10));
  scene.current = false;
  CHECK_FALSE(passed(0).answer);
}

TEST_CASE("a wall-clock time is waited for thirty seconds at most, clocks jump", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.now.wall += std::chrono::milliseconds(400);
  const Snapshot seen(scene);
  const auto wait = [&](int seconds) {
    return seen.planning().WakeFor(After(seconds)) - scene.now.steady;
  };
  CHECK(wait(-5) == std::chrono::seconds(0));
  CHECK(wait(5) == std::chrono::milliseconds(4'600));
  CHECK(wait(500) == std::chrono::seconds(30));
  CHECK(seen.planning().now() == kStart);
}

TEST_CASE("a time centuries ahead or behind overflows nothing", "[planner]") {
  const Scene scene = OneWorkerBehind();
  const Snapshot seen(scene);
  const base::WallTime far = *base::ParseTime("9999-12-31T23:59:59Z");
  const base::WallTime old = *base::ParseTime("0001-01-01T00:00:00Z");
  CHECK(seen.planning().WakeFor(far) == scene.now.steady + std::chrono::seconds(30));
  CHECK(seen.planning().WakeFor(old) == scene.now.steady);
}

TEST_CASE("the status is asked by the names of nodes", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.status().failures = {FailureOf("f")};
  scene.status().postponed = {PostponedFor("p", api::PostponeReason::kDrainTimeout)};
  const Snapshot seen(scene);
  const Planning& planning = seen.planning();
  CHECK(planning.InWork("w"));
  CHECK(planning.EntryOf("w")->step == api::NodeStep::kDraining);
  CHECK_FALSE(planning.InWork("f"));
  CHECK(planning.FailureOf("f")->attempts == 2);
  CHECK(planning.FailureOf("w") == nullptr);
  CHECK(planning.Postponed("p"));
  CHECK_FALSE(planning.Postponed("w"));
  CHECK(planning.FindNode("w") != nullptr);
  CHECK(planning.FindNode("p") == nullptr);
}

TEST_CASE("a pause ends with the object, a halt and a deletion give back", "[planner]") {
  Scene scene = OneWorkerBehind();
  CHECK_FALSE(Snapshot(scene).planning().giving_back());
  scene.spec().paused = true;
  CHECK(Snapshot(scene).planning().paused());
  CHECK_FALSE(Snapshot(scene).planning().giving_back());
  scene.upgrade().meta.deleted = kStart;
  CHECK_FALSE(Snapshot(scene).planning().paused());
  CHECK(Snapshot(scene).planning().giving_back());
  scene.upgrade().meta.deleted.reset();
  scene.spec().version = "v1.99.0";
  CHECK(Snapshot(scene).planning().giving_back());
}

TEST_CASE("nothing is cordoned for an object that may vanish without a release", "[planner]") {
  Scene scene = OneWorkerBehind();
  CHECK_FALSE(Snapshot(scene).planning().MayCordon());
  scene.upgrade().meta.finalizers = {"else/where"};
  CHECK_FALSE(Snapshot(scene).planning().has_finalizer());
  scene.upgrade().meta.deleted = kStart;
  CHECK(Snapshot(scene).planning().MayCordon());
  scene.upgrade().meta.deleted.reset();
  scene.upgrade().meta.finalizers.emplace_back(api::kFinalizer);
  CHECK(Snapshot(scene).planning().has_finalizer());
  CHECK(Snapshot(scene).planning().MayCordon());
}

TEST_CASE("a mark is ours when it names this very object", "[planner]") {
  const Scene scene = OneWorkerBehind();
  const Snapshot seen(scene);
  CHECK(seen.planning().Mark() == "production/upgrade-uid");
  CHECK(seen.planning().Marked(Worker("w").CordonedByUs()));
  CHECK_FALSE(seen.planning().Marked(Worker("w").Cordoned()));
  CHECK_FALSE(
      seen.planning().Marked(Worker("w").Annotation(api::kCordonedBy, "production/older-uid")));
}

TEST_CASE("a run has begun when its newest entry is open for the target", "[planner]") {
  Scene scene = OneWorkerBehind();
  const auto begun = [&] { return Snapshot(scene).planning().HasBegun(); };
  CHECK_FALSE(begun());
  scene.status().history = {{kNew, kStart, std::nullopt, api::RunResult::kOpen}};
  CHECK(begun());
  scene.spec().version = "v1.36.4";
  CHECK_FALSE(begun());
  scene.spec().version = kNew;
  scene.status().history[0].completion_time = kStart;
  CHECK_FALSE(begun());
}

TEST_CASE("a node is to be drained that is to be done, as drain.when asks", "[planner]") {
  Scene scene = OneWorkerBehind();
  const auto drained = [&] {
    const Snapshot seen(scene);
    return seen.planning().IsToBeDrained(*seen.planning().FindView("w"));
  };
  CHECK(drained());
  scene.spec().drain.when = api::DrainWhen::kNever;
  CHECK_FALSE(drained());
  scene.spec().drain.when = api::DrainWhen::kAlways;
  scene.node("w").kubelet_version = kNew;
  CHECK_FALSE(drained());
}
