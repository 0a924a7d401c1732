#include "planner/target/newest_node.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the youngest node, of all or of a pool", "[planner]") {
  Scene scene;
  scene.Add(Worker("unknown"));
  const auto newest = [&](std::optional<std::string_view> pool = std::nullopt) {
    const World world = scene.MakeWorld();
    return NewestNode(world.scope->views(), pool);
  };
  CHECK_FALSE(newest());
  scene.Add(Worker("old").Created(After(1)));
  scene.Add(ControlPlaneNode("young").Created(After(2)));
  CHECK(newest() == After(2));
  CHECK(newest(kControlPlanePool) == After(2));
  CHECK_FALSE(newest("another"));
}
