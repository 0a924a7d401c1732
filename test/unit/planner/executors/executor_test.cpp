#include "planner/executors/executor.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/names.hpp"
#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Lines NamesOf(std::span<const StageSteps> stages) {
  Lines names;
  for (const StageSteps& stage : stages) {
    std::string line = NameOf(stage.stage) + ":";
    for (const api::NodeStep step : stage.steps) {
      line += " " + NameOf(step);
    }
    names.push_back(line);
  }
  return names;
}

const std::string kDrained = "Cordoning Draining Upgrading Verifying Uncordoning";
const Lines kDrainedNode{"Node: Pulling " + kDrained};

}  // namespace

TEST_CASE("a node goes through its steps once, on the control plane in a stage of its own",
          "[planner]") {
  const auto type = GENERATE(api::ExecutorType::kJob,
                             api::ExecutorType::kExternal,
                             api::ExecutorType::kK3s,
                             api::ExecutorType::kRke2);
  const Executor& executor = FindExecutor(type);
  CHECK(executor.type == type);
  CHECK(executor.tries_again == (type != api::ExecutorType::kExternal));
  const std::string steps = (type == api::ExecutorType::kExternal ? "" : "Pulling ") + kDrained;
  CHECK(NamesOf(executor.control_plane) == Lines{"ControlPlane: " + steps});
  CHECK(NamesOf(executor.single_control_plane) == Lines{"ControlPlane: " + steps});
  CHECK(NamesOf(executor.workers) == Lines{"Node: " + steps});
}

TEST_CASE("Kubeadm upgrades components in service before kubelets, where there are several",
          "[planner]") {
  const Executor& executor = FindExecutor(api::ExecutorType::kKubeadm);
  CHECK(NamesOf(executor.control_plane) ==
        Lines{"ControlPlane: Pulling Upgrading Verifying", kDrainedNode.front()});
  CHECK(NamesOf(executor.single_control_plane) ==
        Lines{"ControlPlaneAndNode: Pulling " + kDrained, kDrainedNode.front()});
  CHECK(NamesOf(executor.workers) == kDrainedNode);
}

TEST_CASE("an entry is looked after by its executor, an unknown one by what it shows",
          "[planner]") {
  api::NodeInWork entry = EntryFor("w", api::NodeStep::kUpgrading);
  const auto type = [&] { return ExecutorOf(entry).type; };
  entry.executor = api::ExecutorType::kJob;
  CHECK(type() == api::ExecutorType::kJob);
  entry.executor = api::ExecutorType::kExternal;
  entry.job_name = "cu-w-1";
  CHECK(type() == api::ExecutorType::kExternal);

  entry.executor.reset();
  CHECK(type() == api::ExecutorType::kJob);
  entry.job_name.clear();
  CHECK(type() == api::ExecutorType::kExternal);
}

TEST_CASE("what is given back says for which halt, or that the object is deleted", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(WhyGivenBack(Snapshot(scene).planning()) == "the ClusterUpgrade is being deleted");
  scene.spec().version = "v1.99.0";
  CHECK(WhyGivenBack(Snapshot(scene).planning()) == "MinorSkipped");
}
