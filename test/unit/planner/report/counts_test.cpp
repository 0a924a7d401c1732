#include "planner/report/counts.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

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
