#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

// One control-plane node and two workers, read from top to bottom: a line at the margin is a
// durable change of the status, an indented one is sent to the server.
const Lines kExpected = {
    "  DryRunJob master v1.36.3 attempt 1",
    "master: Cordoning",
    "warning: UnmanagedPods team-a/alone",
    "  AddFinalizer",
    "  Cordon master",
    "  SetHints master",
    "master: Draining",
    "master: Upgrading",
    "  CreateJob master v1.36.3 attempt 1",
    "conditions: F T F UpgradingNodes",
    "    the Job on master ends, its kubelet restarts",
    "master: Verifying",
    "  ExpireJob master",
    "    10 s pass",
    "master: Uncordoning, verified",
    "  ClearHints master",
    "  Release master",
    "master: done, 1/3",
    "worker-1: Cordoning",
    "  Cordon worker-1",
    "  SetHints worker-1",
    "worker-1: Draining",
    "  Evict team-a/alone",
    "  Evict team-a/web-1",
    "worker-1: Upgrading",
    "  CreateJob worker-1 v1.36.3 attempt 1",
    "    the Job on worker-1 ends, its kubelet restarts",
    "worker-1: Verifying",
    "  ExpireJob worker-1",
    "    10 s pass",
    "worker-1: Uncordoning, verified",
    "  ClearHints worker-1",
    "  Release worker-1",
    "worker-1: done, 2/3",
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
    "worker-2: done, 3/3",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

}  // namespace

TEST_CASE("a whole upgrade, action by action", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(Worker("worker-1")).Add(Worker("worker-2").Cordoned()).Add(ControlPlaneNode("master"));
  scene.Add("worker-1", PodBuilder("web-1"))
      .Add("worker-1", PodBuilder("alone").Unmanaged())
      .Add("worker-1", PodBuilder("net-1").OwnedBy("DaemonSet", "net"));
  Story story(scene);
  story.cluster().cordoned_by_users.insert("worker-2");
  story.Begin();
  for (const char* node : {"master", "worker-1", "worker-2"}) {
    story.EndJob(node);
    story.Pass(10);
  }
  CHECK(story.lines() == kExpected);
  CHECK(scene.node("worker-2").unschedulable);
  CHECK(scene.WarningLines() ==
        Lines{"UnmanagedPods team-a/alone: the pod has no controller and is lost when it is "
              "evicted from worker-1"});
}
