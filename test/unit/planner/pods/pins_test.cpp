#include "planner/pods/pins.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a pod fits elsewhere unless its placement names its node alone", "[planner]") {
  Scene scene;
  scene.Add(Worker("w-1").Label("zone", "a")).Add(Worker("w-2").Label("zone", "b"));
  const World world = scene.MakeWorld();
  api::Pod pod = PodBuilder("p").On("w-1");
  CHECK(FitsElsewhere(world, pod));
  pod.placement.node_selector = {{"zone", "a"}};
  CHECK_FALSE(FitsElsewhere(world, pod));
  pod.node_name = "w-2";
  CHECK(FitsElsewhere(world, pod));
}
