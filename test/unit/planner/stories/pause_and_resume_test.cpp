#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const Lines kExpected = {
    "  DryRunJob worker-1 v1.36.3 attempt 1",
    "worker-1: Cordoning",
    "worker-2: Cordoning",
    "  AddFinalizer",
    "  Cordon worker-1",
    "  Cordon worker-2",
    "  SetHints worker-1",
    "  SetHints worker-2",
    "worker-1: Draining",
    "worker-2: Draining",
    "worker-1: Upgrading",
    "  CreateJob worker-1 v1.36.3 attempt 1",
    "  Evict team-a/web: the budget has no room",
    "conditions: F T F UpgradingNodes",
    "    a person pauses the upgrade",
    "conditions: F F F Paused",
    "    the Job on worker-1 ends, its kubelet restarts",
    "worker-1: Verifying",
    "  ExpireJob worker-1",
    "    10 s pass",
    "worker-1: Uncordoning, verified",
    "  ClearHints worker-1",
    "  Release worker-1",
    "worker-1: done, 2/4",
    "    the budget has room again",
    "    7200 s pass",
    "    the person resumes it",
    "worker-3: Cordoning",
    "  Evict team-a/web",
    "  Cordon worker-3",
    "worker-2: Upgrading",
    "  CreateJob worker-2 v1.36.3 attempt 1",
    "  SetHints worker-3",
    "worker-3: Draining",
    "worker-3: Upgrading",
    "  CreateJob worker-3 v1.36.3 attempt 1",
    "conditions: F T F UpgradingNodes",
    "    the Job on worker-2 ends, its kubelet restarts",
    "worker-2: Verifying",
    "  ExpireJob worker-2",
    "    the Job on worker-3 ends, its kubelet restarts",
    "worker-3: Verifying",
    "  ExpireJob worker-3",
    "    10 s pass",
    "worker-2: Uncordoning, verified",
    "worker-3: Uncordoning, verified",
    "  ClearHints worker-2",
    "  ClearHints worker-3",
    "  Release worker-2",
    "  Release worker-3",
    "worker-2: done, 4/4",
    "worker-3: done, 4/4",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

}  // namespace

TEST_CASE("story: a pause lets the Job finish, holds the drain and starts nothing", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob().Pool("workers", "", {2, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("worker-1"))
      .Add(Worker("worker-2"))
      .Add(Worker("worker-3"));
  scene.Add(BudgetFor("web", 0)).Add("worker-2", PodBuilder("web").Label("app", "web"));
  Story story(scene);
  story.Refuse("Evict team-a/web");
  story.Begin();
  story.Event("a person pauses the upgrade", [&] { scene.spec().paused = true; });
  story.EndJob("worker-1");
  story.Pass(10);
  story.Event("the budget has room again", [&] { story.AcceptAll(); });
  story.Pass(7200);
  story.Event("the person resumes it", [&] { scene.spec().paused = false; });
  story.EndJob("worker-2");
  story.EndJob("worker-3");
  story.Pass(10);
  CHECK(story.lines() == kExpected);
}
