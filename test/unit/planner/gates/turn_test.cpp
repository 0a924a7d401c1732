#include "planner/gates/turn.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("pools are done in list order, one after the other", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("b", "b", {5, false}).Pool("a", "a", {5, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("w-a").Label("pool", "a"))
      .Add(Worker("w-b").Label("pool", "b"));
  scene.Settle();
  CHECK(scene.InWork() == "w-b");
  CHECK(scene.Entry("w-b")->pool == "b");
  CHECK(scene.Entry("w-b")->stage == api::Stage::kNode);

  scene.Add(Worker("w-b").Label("pool", "b").At(kNew));
  scene.status().in_progress.clear();
  scene.Settle();
  CHECK(scene.InWork() == "w-a");
}

TEST_CASE("control-plane nodes go one at a time and only when all the others are Ready",
          "[planner]") {
  Scene scene(OnePool({5, false}));
  scene.Add(ControlPlaneNode("m-1"))
      .Add(ControlPlaneNode("m-2"))
      .Add(ControlPlaneNode("m-3"))
      .Add(Worker("w"));
  SECTION("one at a time") {
    scene.Settle();
    CHECK(scene.InWork() == "m-1");
    CHECK(scene.Entry("m-1")->stage == api::Stage::kControlPlane);
    CHECK(scene.Entry("m-1")->pool == "control-plane");
  }
  SECTION("another one is not Ready") {
    scene.Add(ControlPlaneNode("m-3").NotReady());
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
  SECTION("workers wait for the last") {
    scene.Add(ControlPlaneNode("m-1").At(kNew)).Add(ControlPlaneNode("m-2").At(kNew));
    scene.Settle();
    CHECK(scene.InWork() == "m-3");
  }
  SECTION("a postponed one keeps the workers back") {
    scene.Add(ControlPlaneNode("m-1").At(kNew)).Add(ControlPlaneNode("m-2").At(kNew));
    scene.status().postponed.push_back(
        {"m-3", "m-3-uid", api::PostponeReason::kUncordonedByUser, kStart});
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F F T ControlPlaneNotUpgraded");
  }
}

TEST_CASE("the turn is the pool's of the first node that is in work or pending", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "a", {1, false}).Pool("b", "b", {1, false}));
  scene.Add(ControlPlaneNode("m"))
      .Add(Worker("w-a").Label("pool", "a"))
      .Add(Worker("w-b").Label("pool", "b"));
  const auto turn = [&] {
    const Snapshot seen(scene);
    return PoolInTurn(seen.planning());
  };
  CHECK(turn() == kControlPlanePool);
  scene.Add(ControlPlaneNode("m").At(kNew));
  CHECK(turn() == "a");
  scene.node("w-a").kubelet_version = kNew;
  CHECK(turn() == "b");
  scene.status().in_progress = {EntryFor("w-a", api::NodeStep::kVerifying)};
  CHECK(turn() == "a");
  scene.status().in_progress.clear();
  scene.node("w-b").kubelet_version = kNew;
  CHECK(turn().empty());
}

TEST_CASE("nodes that come back wait for the pending ones of their like", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "a", {1, false}).Pool("b", "b", {1, false}));
  scene.Add(ControlPlaneNode("m-1"))
      .Add(ControlPlaneNode("m-2"))
      .Add(Worker("w-a").Label("pool", "a"))
      .Add(Worker("w-b").Label("pool", "b"));
  scene.status().postponed = {PostponedFor("m-1", api::PostponeReason::kDrainTimeout),
                              PostponedFor("w-a", api::PostponeReason::kDrainTimeout)};
  const auto turn_and_candidates = [&] {
    const Snapshot seen(scene);
    const Candidates candidates(seen.planning());
    std::string line = PoolInTurn(seen.planning()) + ":";
    for (const NodeView& view : seen.planning().nodes()) {
      line += candidates.Has(view) ? " " + view.name() : "";
    }
    return line;
  };
  CHECK(turn_and_candidates() == "control-plane: m-2 w-b");
  scene.Add(ControlPlaneNode("m-2").At(kNew));
  CHECK(turn_and_candidates() == "control-plane: m-1 w-b");
  scene.Add(ControlPlaneNode("m-1").At(kNew));
  CHECK(turn_and_candidates() == "b: w-b");
  scene.node("w-b").kubelet_version = kNew;
  CHECK(turn_and_candidates() == "a: w-a");
  scene.status().postponed.back().reason = api::PostponeReason::kUncordonedByUser;
  CHECK(turn_and_candidates() == ":");
}

TEST_CASE("a dead node of a pool with unhealthyNodes Ignore holds nobody back", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "a", {1, false}).Pool("rest", "", {1, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("dead").Label("pool", "a").NotReady())
      .Add(Worker("w"));
  SECTION("later pools go on, and then it is waited for") {
    scene.spec().pools[0].unhealthy_nodes = api::UnhealthyNodes::kIgnore;
    scene.Settle();
    CHECK(scene.InWork() == "w");
    scene.Add(Worker("w").At(kNew));
    scene.status().in_progress.clear();
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
    CHECK(scene.MessageOf("Ready") == "waiting for nodes that are not Ready: dead");
    scene.node("dead").ready = true;
    scene.Settle();
    CHECK(scene.InWork() == "dead");
  }
  SECTION("nodes that come back do not wait for it either") {
    scene.spec().pools[0].unhealthy_nodes = api::UnhealthyNodes::kIgnore;
    scene.status().postponed.push_back(PostponedFor("w", api::PostponeReason::kDrainTimeout));
    scene.Settle();
    CHECK(scene.InWork() == "w");
  }
  SECTION("under Wait they do") {
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
  }
}
