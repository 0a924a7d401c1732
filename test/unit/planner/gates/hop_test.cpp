#include "planner/gates/hop.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("nodes in progress for another version are finished first", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(Worker("next"));
  CHECK(Asking(AskHop, scene).reason().empty());
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kVerifying)};
  CHECK(Asking(AskHop, scene).reason().empty());
  scene.status().in_progress.front().version = "v1.35.9";
  const Asking asking(AskHop, scene);
  CHECK(asking.reason() == "WaitingForHop");
  CHECK(asking.message() ==
        "nodes are upgraded to v1.36.3 once those in progress are finished: w (v1.35.9)");
}
