#include "planner/model/warnings.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("twenty warnings are kept, all are counted", "[planner]") {
  Scene scene = Workers(1);
  for (int i = 0; i < 30; ++i) {
    scene.Add("worker-1", PodBuilder("alone-" + std::to_string(i)).Unmanaged());
  }
  scene.Settle();
  CHECK(scene.status().warnings.size() == 20);
  CHECK(scene.status().warnings_total == 30);
}
