#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const Lines kExpected = {
    "  DryRunJob gpu-1 v1.36.3 attempt 1",
    "gpu-1: Cordoning",
    "gpu-2: Cordoning",
    "  AddFinalizer",
    "  Cordon gpu-1",
    "  Cordon gpu-2",
    "  SetHints gpu-1",
    "  SetHints gpu-2",
    "gpu-1: Draining",
    "gpu-2: Draining",
    "gpu-1: Upgrading",
    "gpu-2: Upgrading",
    "  CreateJob gpu-1 v1.36.3 attempt 1",
    "  CreateJob gpu-2 v1.36.3 attempt 1",
    "conditions: F T F UpgradingNodes",
    "    the Job on gpu-2 ends, its kubelet restarts",
    "gpu-2: Verifying",
    "  ExpireJob gpu-2",
    "    10 s pass",
    "gpu-2: Uncordoning, verified",
    "  ClearHints gpu-2",
    "  Release gpu-2",
    "gpu-2: done, 2/6",
    "gpu-3: Cordoning",
    "  Cordon gpu-3",
    "  SetHints gpu-3",
    "gpu-3: Draining",
    "gpu-3: Upgrading",
    "  CreateJob gpu-3 v1.36.3 attempt 1",
    "    the Job on gpu-1 ends, its kubelet restarts",
    "gpu-1: Verifying",
    "  ExpireJob gpu-1",
    "    the Job on gpu-3 ends, its kubelet restarts",
    "gpu-3: Verifying",
    "  ExpireJob gpu-3",
    "    10 s pass",
    "gpu-1: Uncordoning, verified",
    "gpu-3: Uncordoning, verified",
    "  ClearHints gpu-1",
    "  ClearHints gpu-3",
    "  Release gpu-1",
    "  Release gpu-3",
    "gpu-1: done, 4/6",
    "gpu-3: done, 4/6",
    "a: Cordoning",
    "  Cordon a",
    "  SetHints a",
    "a: Draining",
    "a: Upgrading",
    "  CreateJob a v1.36.3 attempt 1",
    "    the Job on a ends, its kubelet restarts",
    "a: Verifying",
    "  ExpireJob a",
    "    10 s pass",
    "a: Uncordoning, verified",
    "  ClearHints a",
    "  Release a",
    "a: done, 5/6",
    "b: Cordoning",
    "  Cordon b",
    "  SetHints b",
    "b: Draining",
    "b: Upgrading",
    "  CreateJob b v1.36.3 attempt 1",
    "    the Job on b ends, its kubelet restarts",
    "b: Verifying",
    "  ExpireJob b",
    "    10 s pass",
    "b: Uncordoning, verified",
    "  ClearHints b",
    "  Release b",
    "b: done, 6/6",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

}  // namespace

TEST_CASE("story: pools go one after the other, each with its own budget", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob().Pool("gpu", "gpu", {2, false}).Pool("rest", "", {1, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("gpu-1").Label("pool", "gpu"))
      .Add(Worker("gpu-2").Label("pool", "gpu"))
      .Add(Worker("gpu-3").Label("pool", "gpu"))
      .Add(Worker("a"))
      .Add(Worker("b"));
  Story story(scene);
  story.Begin();
  story.EndJob("gpu-2");
  story.Pass(10);
  story.EndJob("gpu-1");
  story.EndJob("gpu-3");
  story.Pass(10);
  story.EndJob("a");
  story.Pass(10);
  story.EndJob("b");
  story.Pass(10);
  CHECK(story.lines() == kExpected);
}
