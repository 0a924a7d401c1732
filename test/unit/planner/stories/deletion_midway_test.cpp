#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: the object is deleted while one node drains and another has its Job",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob().Pool("workers", "", {2, false}));
  scene.Add(ControlPlaneNode("master").At(kNew))
      .Add(Worker("worker-1"))
      .Add(Worker("worker-2"))
      .Add(Worker("worker-3"));
  scene.Add(BudgetFor("web", 0)).Add("worker-2", PodBuilder("web").Label("app", "web"));
  Story story(scene);
  story.Refuse("Evict team-a/web");
  story.Begin();
  story.Event("a person deletes the object",
              [&] { scene.upgrade().meta.deleted = scene.now.wall; });
  story.EndJob("worker-1");
  story.Pass(10);
  const Lines expected = {
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
      "    a person deletes the object",
      "worker-2: Uncordoning, released: the ClusterUpgrade is being deleted",
      "  ClearHints worker-2",
      "  Release worker-2",
      "worker-2: no longer in work",
      "conditions: F T F Deleting",
      "    the Job on worker-1 ends, its kubelet restarts",
      "worker-1: Verifying",
      "  ExpireJob worker-1",
      "    10 s pass",
      "worker-1: Uncordoning, verified",
      "  ClearHints worker-1",
      "  Release worker-1",
      "worker-1: done, 2/4",
      "  RemoveFinalizer",
  };
  CHECK(story.lines() == expected);
}
