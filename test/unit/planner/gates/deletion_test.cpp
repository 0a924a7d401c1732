#include "planner/gates/deletion.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("an object that is being deleted starts nothing", "[planner]") {
  Scene scene = Workers(1);
  CHECK(Asking(AskDeletion, scene).reason().empty());
  scene.upgrade().meta.deleted = scene.now.wall;
  const Asking asking(AskDeletion, scene);
  CHECK(asking.reason() == "Deleting");
  CHECK(asking.result().hold->kind == Hold::Kind::kPassing);
}
