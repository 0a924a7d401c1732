#include <catch2/catch.hpp>

#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const Lines kExpected = {
    "  DryRunJob master v1.36.3 attempt 1",
    "master: Cordoning",
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
    "master: goes to v1.37.1",
    "master: Cordoning",
    "  Cordon master",
    "  SetHints master",
    "master: Draining",
    "master: Upgrading",
    "  CreateJob master v1.37.1 attempt 1",
    "    the Job on master ends, its kubelet restarts",
    "master: Verifying",
    "  ExpireJob master",
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
    "  CreateJob worker v1.37.1 attempt 1",
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

Lines HopsOf(Scene& scene) {
  Lines lines;
  for (const api::Hop& hop : scene.status().hops) {
    lines.push_back(hop.version + (hop.control_plane ? " control plane" : "") +
                    (hop.workers ? " workers" : ""));
  }
  return lines;
}

}  // namespace

TEST_CASE("two minors by one object: the worker is drained once", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob().To("v1.37.1"));
  scene.spec().path = {"v1.36.3"};
  scene.Add(Worker("worker")).Add(ControlPlaneNode("master"));
  scene.Add("worker", PodBuilder("web"));
  Story story(scene);
  story.Begin();
  CHECK(HopsOf(scene) == Lines{"v1.36.3 control plane", "v1.37.1 control plane workers"});
  for (const char* node : {"master", "master", "worker"}) {
    story.EndJob(node);
    story.Pass(10);
  }
  CHECK(story.lines() == kExpected);
}
