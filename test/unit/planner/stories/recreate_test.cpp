#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("story: a pod without a controller is saved, evicted and created again", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("worker"));
  const api::Pod db = PodBuilder("db").Unmanaged();
  scene.Add("worker", db).Add("worker", PodBuilder("web"));
  scene.whole_pods["team-a/db"]["team-a/db"] = {db.meta, "{\"spec\":{}}"};
  Story story(scene);
  story.Begin();
  story.EndJob("worker");
  story.Pass(10);
  const Lines expected = {
      "  CheckAccess create pods",
      "  CheckAccess create podtemplates",
      "  CheckAccess list podtemplates",
      "  DryRunJob worker v1.36.3 attempt 1",
      "worker: Cordoning",
      "warning: UnmanagedPods team-a/db",
      "  AddFinalizer",
      "  Cordon worker",
      "  SetHints worker",
      "worker: Draining",
      "saved pods: 1",
      "  Evict team-a/web",
      "  SavePodTemplate team-a/db",
      "  Evict team-a/db",
      "worker: Upgrading",
      "  CreateJob worker v1.36.3 attempt 1",
      "  RecreatePod team-a/db",
      "  DeletePodTemplate team-a/cu-db-f4064bb588f7",
      "saved pods: 0",
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
