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

}  // namespace

TEST_CASE("a release has the executors Job and External, and no others", "[planner]") {
  REQUIRE(FindExecutor(api::ExecutorType::kJob) != nullptr);
  CHECK(FindExecutor(api::ExecutorType::kJob)->tries_again);
  REQUIRE(FindExecutor(api::ExecutorType::kExternal) != nullptr);
  CHECK_FALSE(FindExecutor(api::ExecutorType::kExternal)->tries_again);
  for (const auto missing :
       {api::ExecutorType::kKubeadm, api::ExecutorType::kK3s, api::ExecutorType::kRke2}) {
    CHECK(FindExecutor(missing) == nullptr);
  }
}

TEST_CASE("a node goes through its steps once, on the control plane in a stage of its own",
          "[planner]") {
  const auto type = GENERATE(api::ExecutorType::kJob, api::ExecutorType::kExternal);
  const Executor& executor = *FindExecutor(type);
  CHECK(executor.type == type);
  CHECK(NamesOf(executor.control_plane) ==
        Lines{"ControlPlane: Cordoning Draining Upgrading Verifying Uncordoning"});
  CHECK(NamesOf(executor.workers) ==
        Lines{"Node: Cordoning Draining Upgrading Verifying Uncordoning"});
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

  const auto unknown =
      GENERATE(std::optional<api::ExecutorType>{}, std::optional(api::ExecutorType::kKubeadm));
  entry.executor = unknown;
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
