#include "planner/gates/replacements.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("no later pool is begun while a deleted node is not replaced", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "a", {1, false}).Pool("rest", "", {1, false}));
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w"));
  CHECK(Asking(AskReplacements, scene).reason().empty());
  api::DeletedNode deleted;
  deleted.name = "gone";
  deleted.uid = "gone-uid";
  deleted.pool = "a";
  deleted.time = kStart;
  scene.status().deleted_nodes = {deleted};
  CHECK(Asking(AskReplacements, scene).reason() == "WaitingForReplacement");
  CHECK(Asking(AskReplacements, scene).message().find("gone (pool a, deleted 20") !=
        std::string::npos);
  scene.status().deleted_nodes[0].overdue = true;
  CHECK(Asking(AskReplacements, scene).reason().empty());
}
