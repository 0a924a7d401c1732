#include "planner/gates/work_watches.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;
using Watches = std::set<WantedWatch>;

TEST_CASE("the components are watched while anything is to be done", "[planner]") {
  Scene scene = OneWorkerBehind();
  const Snapshot behind(scene);
  CHECK(WatchesOfWork(behind.planning()).watches == Watches{{WatchKind::kControlPlanePods, ""}});
  Scene done;
  done.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w").At(kNew));
  const Snapshot nothing(done);
  CHECK(WatchesOfWork(nothing.planning()).watches.empty());
}

TEST_CASE("pods of nodes in work are watched, and our replicas where ours is one", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.self.node = "w";
  scene.self.pod = "system/controller-1";
  const Snapshot seen(scene);
  const Watches watches = WatchesOfWork(seen.planning()).watches;
  CHECK(watches.contains({WatchKind::kPodsOnNode, "w"}));
  CHECK(watches.contains({WatchKind::kOwnReplicas, ""}));
}
