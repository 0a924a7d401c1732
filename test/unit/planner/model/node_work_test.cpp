#include "planner/model/node_work.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("work on a node is given its node, its pods and its entry", "[planner]") {
  Scene scene = Draining();
  const Snapshot seen(scene);
  const NodeWork work = seen.WorkOn("w");
  CHECK(work.node().meta.name == "w");
  CHECK(work.entry == *scene.Entry("w"));
  CHECK(work.marked());
  REQUIRE(work.pods() != nullptr);
  CHECK(work.pods()->plans.size() == 1);
  scene.open.clear();
  CHECK(Snapshot(scene).WorkOn("w").pods() == nullptr);
}

TEST_CASE("what was asked for comes with the answer, deadlines wake the plan", "[planner]") {
  Scene scene = Draining();
  const Snapshot seen(scene);
  NodeWork work = seen.WorkOn("w");
  Asked<int> asked{7};
  asked.add.Watch(WatchKind::kNodeLease, "w");
  CHECK(work.Take(asked) == 7);
  CHECK(work.add.watches.contains({WatchKind::kNodeLease, "w"}));

  CHECK(work.Reached(scene.now.wall));
  CHECK_FALSE(work.add.wake_at);
  CHECK_FALSE(work.Reached(scene.now.wall + std::chrono::seconds(5)));
  CHECK(work.add.wake_at == scene.now.steady + std::chrono::seconds(5));
}
