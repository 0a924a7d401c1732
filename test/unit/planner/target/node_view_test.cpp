#include "planner/target/node_view.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "planner/target/node_state.hpp"
#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::string State(const api::Node& node, void (*change)(api::ClusterUpgradeStatus&)) {
  Scene scene;
  scene.Add(node);
  change(scene.status());
  const World world = scene.MakeWorld();
  return NameOf(NodeStates(*world.scope, scene.status()).Find("w")->state());
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

TEST_CASE("a node is counted as one thing", "[planner]") {
  const api::Node excluded = Worker("w").Label(api::kExclude, "true");
  CHECK(State(Worker("w"), Nothing) == "pending");
  CHECK(State(Worker("w").At(kNew), Nothing) == "upgraded");
  CHECK(State(Worker("w").At(kNew).CordonedByUs(), Nothing) == "pending");
  CHECK(State(Worker("w").At(kNew), InWork) == "upgrading");
  CHECK(State(excluded, InWork) == "upgrading");
  CHECK(State(excluded, Nothing) == "skipped");
  CHECK(State(excluded, Failed) == "skipped");
  CHECK(State(Worker("w"), Failed) == "failed");
  CHECK(State(Worker("w"), Retried) == "pending");
  CHECK(State(Worker("w"), Postponed) == "postponed");
}

TEST_CASE("of postponed nodes those come back whose drain took too long", "[planner]") {
  Scene scene;
  scene.Add(Worker("w"));
  const World world = scene.MakeWorld();
  api::ClusterUpgradeStatus status;
  Postponed(status);
  CHECK_FALSE(NodeStates(*world.scope, status).Find("w")->IsToBeDone());
  status.postponed[0].reason = api::PostponeReason::kDrainTimeout;
  CHECK(NodeStates(*world.scope, status).Find("w")->ComesBack());
  CHECK(NodeStates(*world.scope, status).Find("w")->IsToBeDone());
}
