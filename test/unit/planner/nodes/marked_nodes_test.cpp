#include "planner/nodes/marked_nodes.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a cordon of ours that lost its meaning is lifted", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").At(kNew).CordonedByUs());
  SECTION("nobody knows why it is there") {}
  SECTION("the node failed before it was changed") {
    scene.Add(Worker("w").CordonedByUs());
    scene.status().failures.push_back({"w",
                                       "w-uid",
                                       api::NodeStep::kDraining,
                                       api::Stage::kNode,
                                       kNew,
                                       0,
                                       api::FailureReason::kDrainTimeout,
                                       "",
                                       kStart,
                                       false,
                                       false});
  }
  SECTION("the object is being deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  InstantCluster(scene).Run();
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.node("w").meta.annotations.empty());
  CHECK(scene.InWork().empty());
}

TEST_CASE("no more nodes are in work than the status can hold", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew));
  for (int i = 0; i < 70; ++i) {
    scene.Add(Worker("w-" + std::to_string(i)).CordonedByUs());
  }
  scene.Settle();
  CHECK(scene.status().in_progress.size() == 50);
}

TEST_CASE("a failed or postponed node is healed once it is done, Ready and not in work",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").At(kNew));
  const auto healed = [&] { return IsHealed(Snapshot(scene).planning(), "w").answer; };
  CHECK(healed());
  CHECK_FALSE(IsHealed(Snapshot(scene).planning(), "gone").answer);
  SECTION("not Ready") {
    scene.node("w").ready = false;
  }
  SECTION("not at the version") {
    scene.node("w").kubelet_version = kOld;
  }
  SECTION("not released") {
    scene.Add(Worker("w").At(kNew).CordonedByUs());
  }
  SECTION("in work") {
    scene.status().in_progress = {EntryFor("w", api::NodeStep::kVerifying)};
  }
  CHECK_FALSE(healed());
}

TEST_CASE("of healed nodes those are released that were changed and still show hints",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").At(kNew).Annotation(api::kDoNotDisrupt, "true"));
  scene.status().failures = {FailureOf("w")};
  const auto hinted = [&] { return HealedWithHints(Snapshot(scene).planning()); };
  CHECK(hinted() == Lines{"w"});
  const Snapshot seen(scene);
  const TakenUp taken = ReleaseHealed(seen.planning(), {"w"});
  REQUIRE(taken.entries.size() == 1);
  CHECK(taken.entries[0].step == api::NodeStep::kUncordoning);
  CHECK(taken.entries[0].released_for == "released: its node hints are no longer needed");

  SECTION("its hints are gone") {
    scene.node("w").meta.annotations.clear();
  }
  SECTION("it was never changed: they are a user's") {
    scene.status().failures[0].node_changed = false;
  }
  SECTION("it is not healed") {
    scene.node("w").ready = false;
  }
  CHECK(hinted().empty());
}

TEST_CASE("a node that carries our mark is picked up for what has become of it", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("w").At(kNew).CordonedByUs()).WatchAllPods();
  scene.status().failures = {FailureOf("w")};
  const auto picked = [&] {
    const Snapshot seen(scene);
    const TakenUp taken = PickUpMarkedNodes(seen.planning());
    std::string line;
    for (const api::NodeInWork& entry : taken.entries) {
      line += entry.name + " " + NameOf(entry.step);
    }
    return line;
  };
  CHECK(picked() == "w Verifying");

  SECTION("not while it is in work") {
    scene.status().in_progress = {EntryFor("w", api::NodeStep::kVerifying)};
    CHECK(picked().empty());
  }
  SECTION("not while a Job is at work on it, or may be") {
    scene.Add("w", UpgradeJobPod("cu-w-1"));
    CHECK(picked().empty());
    scene.pods["w"].clear();
    scene.Add(UpgradeJob("cu-w-1", "w"));
    CHECK(picked().empty());
    scene.jobs.clear();
    scene.open.clear();
    CHECK(picked().empty());
    CHECK(PickUpMarkedNodes(Snapshot(scene).planning())
              .add.watches.contains({WatchKind::kPodsOnNode, "w"}));
  }
  SECTION("a changed node that is not repaired stays") {
    scene.node("w").ready = false;
    CHECK(picked().empty());
    scene.node("w").unschedulable = false;  // but for a person's word
    CHECK(picked() == "w Uncordoning");
  }
  SECTION("so it does at another version, until the object is deleted") {
    scene.node("w").kubelet_version = kOld;
    CHECK(picked().empty());
    scene.upgrade().meta.deleted = scene.now.wall;
    CHECK(picked() == "w Uncordoning");
  }
  SECTION("without a failure there is nothing to verify") {
    scene.status().failures.clear();
    CHECK(picked() == "w Uncordoning");
  }
}
