#include "planner/target/node_state.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

bool IsSkipped(const Scene& scene) {
  const World world = scene.MakeWorld();
  return NodeStates(*world.scope, world.upgrade->status).Find("w")->skip != nullptr;
}

void Nothing(api::ClusterUpgradeStatus& /*status*/) {}

void InWork(api::ClusterUpgradeStatus& status) {
  status.in_progress.emplace_back().name = "w";
}

void Failed(api::ClusterUpgradeStatus& status) {
  status.failures.emplace_back().name = "w";
}

void Retried(api::ClusterUpgradeStatus& status) {
  Failed(status);
  status.failures.back().retried = true;
}

void Postponed(api::ClusterUpgradeStatus& status) {
  status.postponed.push_back({"w", "w-uid", api::PostponeReason::kUncordonedByUser, kStart});
}

}  // namespace

TEST_CASE("a version that our Job may have brought is no reason to leave a node alone",
          "[planner]") {
  const auto skipped = [](const std::string& version, bool ours, bool changed, bool uid = true) {
    Scene scene;
    scene.Add(ours ? Worker("w").At(version).CordonedByUs() : Worker("w").At(version));
    scene.status().failures.push_back({"w",
                                       uid ? "w-uid" : "older-uid",
                                       api::NodeStep::kVerifying,
                                       api::Stage::kNode,
                                       kNew,
                                       2,
                                       api::FailureReason::kWrongVersion,
                                       "",
                                       kStart,
                                       changed,
                                       false});
    return IsSkipped(scene);
  };
  for (const char* version : {"v1.36.4", "unknown"}) {
    CAPTURE(version);
    CHECK_FALSE(skipped(version, true, true));
    CHECK(skipped(version, false, true));  // released since
    CHECK(skipped(version, true, false));
    CHECK(skipped(version, true, true, false));
  }
}

TEST_CASE("a node at work may report any version once its Job may have begun", "[planner]") {
  using enum api::NodeStep;
  for (const auto& [step, left_alone] :
       {std::pair(kDraining, true), {kUpgrading, false}, {kVerifying, false}}) {
    CAPTURE(static_cast<int>(step));
    Scene scene;
    scene.Add(Worker("w").At("v1.36.4").CordonedByUs());
    api::NodeInWork entry;
    entry.name = "w";
    entry.uid = "w-uid";
    entry.step = step;
    scene.status().in_progress.push_back(entry);
    CHECK(IsSkipped(scene) == left_alone);
  }
}

TEST_CASE("an update of one node is what a look at all of them says", "[planner]") {
  Scene scene;
  scene.Add(Worker("w")).Add(Worker("v"));
  const World world = scene.MakeWorld();
  NodeStates states(*world.scope, scene.status());
  const auto update = [&](void (*change)(api::ClusterUpgradeStatus&)) {
    api::ClusterUpgradeStatus status;
    change(status);
    states.Update(status, "w");
    const NodeStates anew(*world.scope, status);
    CHECK(states.Find("w")->state() == anew.Find("w")->state());
    CHECK(states.Find("v")->state() == NodeState::kPending);
  };
  for (const auto change : {InWork, Failed, Retried, Postponed, Nothing}) {
    update(change);
  }
  states.Update(scene.status(), "nobody");
  CHECK(states.Find("nobody") == nullptr);
}
