#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: a drain that takes too long is skipped and comes back last", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.spec().drain.on_timeout = api::DrainTimeoutPolicy::kSkip;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker-1")).Add(Worker("worker-2"));
  scene.Add(BudgetFor("web", 0)).Add("worker-1", PodBuilder("web").Label("app", "web"));
  Story story(scene);
  story.Refuse("Evict team-a/web");
  story.Begin();
  story.Pass(3600);
  story.EndJob("worker-2");
  story.Pass(10);
  story.Event("the budget has room again", [&] { story.AcceptAll(); });
  story.EndJob("worker-1");
  story.Pass(10);
  const Lines expected = {
      "  DryRunJob worker-1 v1.36.3 attempt 1",
      "worker-1: Cordoning",
      "  AddFinalizer",
      "  Cordon worker-1",
      "  SetHints worker-1",
      "worker-1: Draining",
      "  Evict team-a/web: the budget has no room",
      "conditions: F T F UpgradingNodes",
      "    3600 s pass",
      "worker-1: postponed, DrainTimeout",
      "worker-1: Uncordoning, released: DrainTimeout",
      "  ClearHints worker-1",
      "  Release worker-1",
      "worker-1: no longer in work",
      "worker-2: Cordoning",
      "  Cordon worker-2",
      "  SetHints worker-2",
      "worker-2: Draining",
      "worker-2: Upgrading",
      "  CreateJob worker-2 v1.36.3 attempt 1",
      "    the Job on worker-2 ends, its kubelet restarts",
      "worker-2: Verifying",
      "  ExpireJob worker-2",
      "    10 s pass",
      "worker-2: Uncordoning, verified",
      "  ClearHints worker-2",
      "  Release worker-2",
      "worker-2: done, 2/3",
      "worker-1: Cordoning",
      "  Cordon worker-1",
      "  SetHints worker-1",
      "worker-1: Draining",
      "  Evict team-a/web: the budget has no room",
      "    the budget has room again",
      "  Evict team-a/web",
      "worker-1: Upgrading",
      "  CreateJob worker-1 v1.36.3 attempt 1",
      "    the Job on worker-1 ends, its kubelet restarts",
      "worker-1: Verifying",
      "  ExpireJob worker-1",
      "    10 s pass",
      "worker-1: Uncordoning, verified",
      "  ClearHints worker-1",
      "  Release worker-1",
      "worker-1: done, 3/3",
      "worker-1: no longer postponed",
      "  RemoveFinalizer",
      "conditions: T F F Upgraded",
  };
  CHECK(story.lines() == expected);
}
