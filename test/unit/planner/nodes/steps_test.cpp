#include "planner/nodes/steps.hpp"

#include <array>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "api/names.hpp"
#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("drain.when Never goes from the cordon straight to the upgrade", "[planner]") {
  Scene scene = OneWorker(UpgradeBuilder().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.drain.when = api::DrainWhen::kNever; }));
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Upgrading");
  CHECK(scene.pods["w"].size() == 1);
}

TEST_CASE("a node is given back when its work is no longer wanted", "[planner]") {
  Scene scene = Draining();
  std::string why;
  SECTION("the object is being deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
    why = "released: the ClusterUpgrade is being deleted";
  }
  SECTION("it is to be left alone") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
    why = "released: label clusterupgrade.io/exclude=true";
  }
  SECTION("the target became impossible") {
    scene.spec().version = "v1.99.0";
    scene.Edit();
    why = "released: SkewViolated";
  }
  SECTION("the target is where the node is") {
    scene.spec().version = kOld;
    scene.Edit();
    why = "released: it is already at v1.35.4";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  CHECK(scene.Entry("w")->message == why);
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.status().failures.empty());
  CHECK(scene.upgrade().meta.finalizers.empty());
}

TEST_CASE("an edit of the version is adopted while the node is not being upgraded yet",
          "[planner]") {
  Scene scene = Draining();
  scene.spec().version = "v1.36.4";
  scene.Edit();
  scene.Settle();
  CHECK(scene.Entry("w")->version == "v1.36.4");
  CHECK(scene.StepOf("w") == "Draining");
}

TEST_CASE("a stage is walked from step to step to its end", "[planner]") {
  using Step = api::NodeStep;
  const auto walk = [](const StageSteps& stage) {
    std::string line;
    std::optional<Step> step = stage.steps.front();
    for (; step; step = StepAfter(stage, *step)) {
      line += NameOf(*step) + " ";
    }
    return line;
  };
  const StageSteps& whole = StageOf(EntryFor("w", Step::kCordoning));  // of External
  CHECK(walk(whole) == "Cordoning Draining Upgrading Verifying Uncordoning ");

  SECTION("a stage without cordon and drain") {
    constexpr auto kSteps = std::to_array({Step::kUpgrading, Step::kVerifying});
    const StageSteps in_service{api::Stage::kControlPlane, kSteps};
    CHECK(walk(in_service) == "Upgrading Verifying ");
    CHECK(HasStep(in_service, Step::kVerifying));
    for (const Step missing : {Step::kCordoning, Step::kDraining, Step::kUncordoning}) {
      CHECK(HasStep(whole, missing));
      CHECK_FALSE(HasStep(in_service, missing));
      CHECK_FALSE(StepAfter(in_service, missing));
    }
  }
}

TEST_CASE("an entry's steps are those of its stage", "[planner]") {
  api::NodeInWork entry = EntryFor("w", api::NodeStep::kDraining);
  CHECK(StageOf(entry).stage == api::Stage::kNode);
  entry.stage = api::Stage::kControlPlane;
  CHECK(StageOf(entry).stage == api::Stage::kControlPlane);
}

TEST_CASE("a node moves on to the next step, past a drain that is not needed", "[planner]") {
  using Step = api::NodeStep;
  Scene scene = Draining();
  const auto after = [&](Step step) -> std::string {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    work.entry.step = step;
    MoveOn(work);
    return work.leaves ? "leaves" : NameOf(work.entry.step);
  };
  CHECK(after(Step::kCordoning) == "Draining");
  CHECK(after(Step::kDraining) == "Upgrading");
  CHECK(after(Step::kUpgrading) == "Verifying");
  CHECK(after(Step::kVerifying) == "Uncordoning");
  CHECK(after(Step::kUncordoning) == "leaves");
  scene.spec().drain.when = api::DrainWhen::kNever;
  CHECK(after(Step::kCordoning) == "Upgrading");
}

TEST_CASE("work on an unchanged node ends for the first reason that there is", "[planner]") {
  Scene scene = Draining();
  const auto ended = [&]() -> std::string {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    if (!EndEarly(work)) {
      CHECK(work.entry == *scene.Entry("w"));
      return "";
    }
    CHECK(work.entry.step == api::NodeStep::kUncordoning);
    CHECK(work.postponed.has_value() == !scene.node("w").unschedulable);
    return work.entry.message;
  };
  CHECK(ended().empty());
  scene.node("w").kubelet_version = kNew;
  CHECK(ended() == "released: it is already at v1.36.3");
  scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  CHECK(ended() == "released: label clusterupgrade.io/exclude=true");
  scene.spec().version = "v1.99.0";
  CHECK(ended() == "released: SkewViolated");
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(ended() == "released: the ClusterUpgrade is being deleted");
  scene.node("w").unschedulable = false;
  CHECK(ended() == "released: UncordonedByUser");
}

TEST_CASE("a node that is not upgraded yet follows version and executor of the spec", "[planner]") {
  Scene scene = Draining();
  scene.spec().version = "v1.36.4";
  scene.spec().executor.type = api::ExecutorType::kJob;
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  AdoptTarget(work);
  CHECK(work.entry.version == "v1.36.4");
  CHECK(work.entry.executor == api::ExecutorType::kJob);
}

TEST_CASE("a cordon carries our mark, and waits for our finalizer", "[planner]") {
  Scene scene = Draining();
  const auto wanted = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    CHECK(std::get<CordonNode>(CordonOf(work)).cordoned_by == "production/upgrade-uid");
    WantCordon(work);
    return Describe(work.add.actions);
  };
  CHECK(wanted() == Lines{"Cordon w"});
  scene.upgrade().meta.finalizers.clear();
  CHECK(wanted().empty());
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(wanted() == Lines{"Cordon w"});
}

TEST_CASE("the pods of a node are watched at every step", "[planner]") {
  Scene scene = Draining();
  const Snapshot seen(scene);
  for (const auto step : {api::NodeStep::kCordoning,
                          api::NodeStep::kDraining,
                          api::NodeStep::kUpgrading,
                          api::NodeStep::kVerifying,
                          api::NodeStep::kUncordoning}) {
    api::NodeInWork entry = *scene.Entry("w");
    entry.step = step;
    CHECK(Advance(seen.planning(), entry, {}).add.watches.contains({WatchKind::kPodsOnNode, "w"}));
  }
}
