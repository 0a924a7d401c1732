#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// What a whole upgrade looks like: every durable change of a step, and every action once.
class Log {
 public:
  explicit Log(Scene& scene) : scene_(scene) {
    scene.on_adopt = [this](const auto& before) { NoteSteps(before); };
  }

  void NoteActions(const std::vector<Action>& actions) {
    for (const Action& action : actions) {
      lines.push_back("  " + Describe(action));
    }
  }

  std::vector<std::string> lines;

 private:
  void NoteSteps(const api::ClusterUpgradeStatus& before) {
    const auto step_before = [&](const std::string& name) -> std::string {
      for (const api::NodeInWork& entry : before.in_progress) {
        if (entry.name == name) {
          return NameOf(entry.step);
        }
      }
      return "";
    };
    for (const api::NodeInWork& entry : before.in_progress) {
      if (scene_.Entry(entry.name) == nullptr) {
        lines.push_back(entry.name + ": done, " + scene_.status().progress);
      }
    }
    for (const api::NodeInWork& entry : scene_.status().in_progress) {
      if (step_before(entry.name) != NameOf(entry.step)) {
        lines.push_back(entry.name + ": " + NameOf(entry.step));
      }
    }
  }

  Scene& scene_;
};

}  // namespace

// One control-plane node and two workers, read from top to bottom: a line at the margin is a
// durable change of the status, an indented one is sent to the server.
TEST_CASE("a whole upgrade, action by action", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(Worker("worker-1")).Add(Worker("worker-2").Cordoned()).Add(ControlPlaneNode("master"));
  scene.Add("worker-1", PodBuilder("web-1"))
      .Add("worker-1", PodBuilder("alone").Unmanaged())
      .Add("worker-1", PodBuilder("net-1").OwnedBy("DaemonSet", "net"));
  InstantCluster cluster(scene);
  cluster.cordoned_by_users.insert("worker-2");
  Log log(scene);

  while (scene.Conditions().substr(0, 1) != "T") {
    const Plan plan = scene.Settle();
    log.NoteActions(plan.actions);
    cluster.Apply(plan.actions);
    const api::NodeInWork* entry =
        scene.status().in_progress.empty() ? nullptr : &scene.status().in_progress.front();
    if (plan.actions.empty() && entry != nullptr && entry->step == api::NodeStep::kUpgrading) {
      log.lines.push_back("    the Job on " + entry->name + " ends, its kubelet restarts");
      scene.node(entry->name).kubelet_version = entry->version;
      cluster.CompleteJob(entry->job_name);
    } else if (plan.actions.empty()) {
      scene.Pass(10);
      log.lines.push_back("    10 s pass");
    }
  }
  log.NoteActions(scene.Settle().actions);

  const std::vector<std::string> expected = {
      "  DryRunJob master v1.36.3 attempt 1",
      "master: Cordoning",
      "  AddFinalizer",
      "  Cordon master",
      "  SetHints master",
      "master: Draining",
      "master: Upgrading",
      "  CreateJob master v1.36.3 attempt 1",
      "    the Job on master ends, its kubelet restarts",
      "master: Verifying",
      "  ExpireJob master",
      "    10 s pass",
      "master: Uncordoning",
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
      "worker-1: Uncordoning",
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
      "worker-2: Uncordoning",
      "  ClearHints worker-2",
      "  Release worker-2",
      "worker-2: done, 3/3",
      "  RemoveFinalizer",
  };
  CHECK(log.lines == expected);
  CHECK(scene.node("worker-2").unschedulable);
  CHECK(scene.WarningLines() ==
        Lines{"UnmanagedPods team-a/alone: the pod has no controller: it is lost when it leaves "
              "worker-1"});
}
