#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE(
    "story: a budget that never allows an eviction stops the upgrade before anything is "
    "touched",
    "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker"));
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.max_unavailable = api::IntOrPercent{0, false};
  scene.Add(budget).Add("worker", PodBuilder("web").Label("app", "web"));
  Story story(scene);
  story.Begin();
  story.Pass(3600);
  story.Event("a person lets the budget go", [&] { scene.budgets.clear(); });
  story.EndJob("worker");
  story.Pass(10);
  const Lines expected = {
      "  DryRunJob worker v1.36.3 attempt 1",
      "conditions: F F T PreflightRefused",
      "    3600 s pass",
      "    a person lets the budget go",
      "worker: Cordoning",
      "  AddFinalizer",
      "  Cordon worker",
      "  SetHints worker",
      "worker: Draining",
      "  Evict team-a/web",
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
      "worker: done, 2/2",
      "  RemoveFinalizer",
      "conditions: T F F Upgraded",
  };
  CHECK(story.lines() == expected);
}
