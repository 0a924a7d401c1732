#include "planner/gates/tokens.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/refresh_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// A worker is to be upgraded, and pods are to be replaced after a hard change.
Scene HardChange() {
  Scene scene = SettledCluster(false);
  scene.Add(Worker("x"));
  return scene;
}

}  // namespace

TEST_CASE("no node is started while pods are replaced", "[planner]") {
  Scene scene = HardChange();
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F RefreshingTokens");
  CHECK(scene.MessageOf("Ready") ==
        "pods with old credentials are being replaced: shop/web (ReplicaSet)");
}

TEST_CASE("nodes go on beside workloads that cannot be refreshed", "[planner]") {
  Scene scene = ChangedCluster(false);
  scene.spec().token_refresh.methods.replica_sets = api::RefreshMethod::kWait;
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Blocked");
  scene.Add(Worker("x"));
  scene.Settle();
  CHECK(scene.InWork() == "x");
}

TEST_CASE("workloads that did not come back hold the nodes after a hard change", "[planner]") {
  Scene scene = HardChange();
  scene.pods["w"].erase("shop/web-1");
  scene.Settle();
  PassWithServers(scene, 700);
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T RefreshFailed");
}

TEST_CASE("with mode Report nodes do not wait", "[planner]") {
  Scene scene = HardChange();
  scene.spec().token_refresh.mode = api::TokenRefreshMode::kReport;
  scene.Edit();
  scene.Settle();
  CHECK(scene.InWork() == "x");
}
