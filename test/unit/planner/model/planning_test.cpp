#include "planner/model/planning.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("waiting for a wall-clock deadline looks again within 30 s", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan far = scene.Settle();
  CHECK(far.wake_at == scene.now.steady + std::chrono::seconds(30));
  scene.Pass(3590);
  const Plan near = scene.Settle();
  CHECK(near.wake_at == scene.now.steady + std::chrono::seconds(10));
}
