#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: somebody else upgrades each node once its version is announced", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master")).Add(Worker("worker"));
  scene.Add("worker", PodBuilder("web"));
  Story story(scene);
  story.Begin();
  story.UpgradeByHand("master");
  story.Pass(10);
  story.UpgradeByHand("worker");
  story.Pass(10);
  const Lines expected = {
      "master: Cordoning",
      "  AddFinalizer",
      "  Cordon master",
      "  SetHints master",
      "master: Draining",
      "master: Upgrading",
      "  Announce master v1.36.3",
      "conditions: F T F UpgradingNodes",
      "    somebody upgrades master",
      "master: Verifying",
      "    10 s pass",
      "master: Uncordoning, verified",
      "  ClearHints master",
      "  Release master",
      "master: done, 1/2",
      "worker: Cordoning",
      "  Cordon worker",
      "  SetHints worker",
      "worker: Draining",
      "  Evict team-a/web",
      "worker: Upgrading",
      "  Announce worker v1.36.3",
      "    somebody upgrades worker",
      "worker: Verifying",
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
