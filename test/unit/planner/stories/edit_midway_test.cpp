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
    "    a person asks for v1.36.4",
    "worker-2: goes to v1.36.4",
    "  Evict team-a/web: the budget has no room",
    "    the Job on worker-1 ends, its kubelet restarts",
    "worker-1: Verifying",
    "  Evict team-a/web: the budget has no room",
    "  ExpireJob worker-1",
    "    10 s pass",
    "worker-1: Uncordoning, verified",
    "  ClearHints worker-1",
    "  Evict team-a/web: the budget has no room",
    "  Release worker-1",
    "worker-1: done, 1/3",
    "  DryRunJob worker-1 v1.36.4 attempt 1",
    "worker-1: Cordoning",
    "  Cordon worker-1",
    "  SetHints worker-1",
    "worker-1: Draining",
    "worker-1: Upgrading",
    "  CreateJob worker-1 v1.36.4 attempt 1",
    "    the budget has room again",
    "  Evict team-a/web",
    "worker-2: Upgrading",
    "  CreateJob worker-2 v1.36.4 attempt 1",
    "    the Job on worker-2 ends, its kubelet restarts",
    "worker-2: Verifying",
    "  ExpireJob worker-2",
    "    10 s pass",
    "worker-2: Uncordoning, verified",
    "  ClearHints worker-2",
    "  Release worker-2",
    "worker-2: done, 2/3",
    "    the Job on worker-1 ends, its kubelet restarts",
    "worker-1: Verifying",
    "  ExpireJob worker-1",
    "    10 s pass",
    "worker-1: Uncordoning, verified",
    "  ClearHints worker-1",
    "  Release worker-1",
    "worker-1: done, 3/3",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

}  // namespace

TEST_CASE("story: the version is edited while one node drains and another has its Job",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob().Pool("workers", "", {2, false}));
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker-1")).Add(Worker("worker-2"));
  scene.Add(BudgetFor("web", 0)).Add("worker-2", PodBuilder("web").Label("app", "web"));
  Story story(scene);
  story.Refuse("Evict team-a/web");
  story.Begin();
  story.Event("a person asks for v1.36.4", [&] {
    scene.spec().version = "v1.36.4";
    scene.node("master").kubelet_version = "v1.36.4";
    scene.Edit();
  });
  story.EndJob("worker-1");
  story.Pass(10);
  story.Event("the budget has room again", [&] { story.AcceptAll(); });
  story.EndJob("worker-2");
  story.Pass(10);
  story.EndJob("worker-1");
  story.Pass(10);
  CHECK(story.lines() == kExpected);
}
