#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: what a budget holds is deleted once the drain's time is over", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.spec().drain.on_timeout = api::DrainTimeoutPolicy::kDelete;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker"));
  scene.Add(BudgetFor("web", 0))
      .Add("worker", PodBuilder("web").Label("app", "web"))
      .Add("worker", PodBuilder("free"));
  Story story(scene);
  story.Refuse("Evict team-a/web");
  story.Begin();
  story.Pass(3600);
  story.EndJob("worker");
  story.Pass(10);
  const Lines expected = {
      "  CheckAccess delete pods",
      "  DryRunJob worker v1.36.3 attempt 1",
      "worker: Cordoning",
      "  AddFinalizer",
      "  Cordon worker",
      "  SetHints worker",
      "worker: Draining",
      "  Evict team-a/free",
      "  Evict team-a/web: the budget has no room",
      "conditions: F T F UpgradingNodes",
      "    3600 s pass",
      "  DeletePod team-a/web",
      "worker: Upgrading",
      "  CreateJob worker v1.36.3 attempt 1",
      "    the Job on worker ends, its kubelet restarts",
      "worker: Verifying",
      "  ExpireJob worker",
      "    10 s pass",
      "worker: Uncordoning, verified",
      "  ClearHints worker",
      "  Release worker",
      "worker: done, 2/2",
      "  RemoveFinalizer",
      "conditions: T F F Upgraded",
  };
  CHECK(story.lines() == expected);
}
