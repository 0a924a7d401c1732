#include "planner/report/counts.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene Cluster() {
  Scene scene;
  scene.Add(ControlPlaneNode("m")).Add(Worker("w-1")).Add(Worker("w-2"));
  return scene;
}

}  // namespace

TEST_CASE("nodes are counted once each", "[planner]") {
  Scene scene = Cluster();
  scene.Add(ControlPlaneNode("m").At(kNew))
      .Add(Worker("w-3").At(kNew))
      .Add(Worker("w-4").Label(api::kExclude, "true"))
      .Add(Worker("w-5"))
      .Add(Worker("w-6"));
  scene.spec().failure_policy.max_failed_nodes = 5;
  scene.status().failures.push_back({"w-5",
                                     "w-5-uid",
                                     api::NodeStep::kUpgrading,
                                     api::Stage::kNode,
                                     kNew,
                                     2,
                                     api::FailureReason::kJobFailed,
                                     "",
                                     kStart,
                                     true,
                                     false});
  scene.status().postponed.push_back(
      {"w-6", "w-6-uid", api::PostponeReason::kUncordonedByUser, kStart});
  scene.Settle();
  const api::NodeCounts& nodes = scene.status().nodes;
  CHECK(nodes.total == 7);
  CHECK(nodes.upgraded == 2);
  CHECK(nodes.upgrading == 1);
  CHECK(nodes.failed == 1);
  CHECK(nodes.pending == 1);
  CHECK(nodes.postponed == 1);
  CHECK(nodes.skipped == 1);
  CHECK(scene.status().progress == "2/6");
  REQUIRE(scene.status().hops.size() == 1);
  CHECK(scene.status().hops[0] == api::Hop{kNew, true, true});
  CHECK(scene.status().current_hop == kNew);
}

TEST_CASE("nodes that are left alone are no part of the progress", "[planner]") {
  Scene scene = Cluster();
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w-1").Label(api::kExclude, "true"));
  NodeCounts counts = CountNodes(Snapshot(scene).planning());
  CHECK(counts.nodes.total == 3);
  CHECK(counts.progress == "1/2");
  CHECK(counts.current_hop == kNew);
  scene.Add(Worker("w-2").Label(api::kExclude, "true"));
  counts = CountNodes(Snapshot(scene).planning());
  CHECK(counts.progress == "1/1");
  CHECK(counts.hops == std::vector<api::Hop>{{kNew, true, false}});
  CHECK(counts.current_hop.empty());
}

TEST_CASE("a hop says whether it has nodes of the control plane and workers", "[planner]") {
  const auto hop = [](const api::Node& node) {
    Scene scene;
    scene.Add(node);
    return CountNodes(Snapshot(scene).planning()).hops.at(0);
  };
  CHECK(hop(Worker("w")) == api::Hop{kNew, false, true});
  CHECK(hop(ControlPlaneNode("m")) == api::Hop{kNew, true, false});
}

TEST_CASE("under a halt there is no way to the target", "[planner]") {
  Scene scene = Cluster();
  scene.spec().version = "v1.99.0";
  const NodeCounts counts = CountNodes(Snapshot(scene).planning());
  CHECK(counts.hops.empty());
  CHECK(counts.current_hop.empty());
  CHECK(counts.progress == "0/3");
}
