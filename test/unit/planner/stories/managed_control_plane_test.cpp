#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: workers wait until somebody has upgraded the control plane that none can see",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(Worker("worker"));
  Story story(scene);
  story.Begin();
  story.Event("the API server says that it is v1.35.4", [&] { scene.server_version = kOld; });
  story.Event("its owner upgrades it to v1.36.3", [&] { scene.server_version = kNew; });
  story.EndJob("worker");
  story.Pass(10);
  const Lines expected = {
      "conditions: F T F WaitingForServerVersion",
      "    the API server says that it is v1.35.4",
      "conditions: F F T SkewViolated",
      "    its owner upgrades it to v1.36.3",
      "  DryRunJob worker v1.36.3 attempt 1",
      "worker: Cordoning",
      "  AddFinalizer",
      "  Cordon worker",
      "  SetHints worker",
      "worker: Draining",
      "worker: Upgrading",
      "  CreateJob worker v1.36.3 attempt 1",
      "conditions: F T F UpgradingNodes",
      "    the Job on worker ends, its kubelet restarts",
      "worker: Verifying",
      "  ExpireJob worker",
      "    10 s pass",
      "worker: Uncordoning, verified",
      "  ClearHints worker",
      "  Release worker",
      "worker: done, 1/1",
      "  RemoveFinalizer",
      "conditions: T F F Upgraded",
  };
  CHECK(story.lines() == expected);
}
