#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: a person repairs a node that has failed, and it is verified by itself",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.spec().failure_policy.max_attempts = 1;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker-1")).Add(Worker("worker-2"));
  scene.leases["worker-1"]["worker-1"].renew_time = "1";
  Story story(scene);
  story.Begin();
  story.FailJob("worker-1");
  story.UpgradeByHand("worker-1");
  story.Event("its kubelet renews its Lease", [&] { scene.leases.erase("worker-1"); });
  story.Pass(10);
  story.EndJob("worker-2");
  story.Pass(10);
  const Lines expected = {
      "  DryRunJob worker-1 v1.36.3 attempt 1",
      "worker-1: Cordoning",
      "  AddFinalizer",
      "  Cordon worker-1",
      "  SetHints worker-1",
      "worker-1: Draining",
      "worker-1: Upgrading",
      "  CreateJob worker-1 v1.36.3 attempt 1",
      "conditions: F T F UpgradingNodes",
      "    the Job on worker-1 fails",
      "worker-1: no longer in work",
      "worker-1: failed, JobFailed",
      "  RemoveFinalizer",
      "  ExpireJob worker-1",
      "conditions: F F T TooManyFailed",
      "    somebody upgrades worker-1",
      "worker-1: Verifying",
      "  AddFinalizer",
      "conditions: F T F TooManyFailed",
      "    its kubelet renews its Lease",
      "    10 s pass",
      "worker-1: Uncordoning, verified",
      "  ClearHints worker-1",
      "  Release worker-1",
      "worker-1: done, 2/3",
      "worker-1: its failure is over",
      "worker-2: Cordoning",
      "  Cordon worker-2",
      "  SetHints worker-2",
      "worker-2: Draining",
      "worker-2: Upgrading",
      "  CreateJob worker-2 v1.36.3 attempt 1",
      "conditions: F T F UpgradingNodes",
      "    the Job on worker-2 ends, its kubelet restarts",
      "worker-2: Verifying",
      "  ExpireJob worker-2",
      "    10 s pass",
      "worker-2: Uncordoning, verified",
      "  ClearHints worker-2",
      "  Release worker-2",
      "worker-2: done, 3/3",
      "  RemoveFinalizer",
      "conditions: T F F Upgraded",
  };
  CHECK(story.lines() == expected);
}
