#include "planner/tokens/token_watch.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene Settled(bool soft) {
  Scene scene = QuietCluster();
  ChangeKey(scene, soft);
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  return scene;
}

std::vector<WatchKind> KindsOf(const Plan& plan) {
  std::vector<WatchKind> kinds;
  for (const WantedWatch& watch : plan.watches) {
    kinds.push_back(watch.kind);
  }
  return kinds;
}

}  // namespace

TEST_CASE("a quiet cluster is watched by one watch more", "[planner]") {
  Scene scene = QuietCluster();
  CHECK(KindsOf(scene.Look()) == std::vector{WatchKind::kAuthority});
  CHECK_FALSE(scene.Look().wake_at);
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("with mode Disabled nothing is looked at, and what was said goes away", "[planner]") {
  Scene scene = QuietCluster();
  scene.spec().token_refresh.mode = api::TokenRefreshMode::kDisabled;
  scene.Edit();
  const Plan plan = scene.Settle();
  CHECK(plan.watches.empty());
  CHECK_FALSE(scene.status().token_refresh);
  CHECK(scene.ConditionOf("TokensFresh") == "absent");
}

TEST_CASE("outside a cluster the keys are not known", "[planner]") {
  Scene scene(UpgradeBuilder().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.token_refresh.mode = api::TokenRefreshMode::kReport;
  }));
  scene.self.pod.clear();
  scene.Add(ControlPlaneNode("master").At(kNew));
  const Plan plan = scene.Settle();
  CHECK(plan.watches.empty());
  CHECK(scene.ConditionOf("TokensFresh") == "Unknown KeysUnknown");
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("pods from before a change are named, until none is left", "[planner]") {
  Scene scene = Settled(true);
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
  CHECK(TokensOf(scene).pods == api::TokenPods{1, 0, 0});
  CHECK(TokensOf(scene).laggards == Lines{"shop/web-7d9f (ReplicaSet): 1 pod"});
  CHECK(TokensOf(scene).droppable.empty());
  CHECK(scene.Conditions() == "T F F Upgraded");  // it is a report
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
  CHECK(TokensOf(scene).droppable == Lines{"a"});
  CHECK(TokensOf(scene).change->completed == After(180));
  CHECK(KindsOf(scene.Look()) == std::vector{WatchKind::kAuthority});
}

TEST_CASE("pods out of scope keep the old key from being called droppable", "[planner]") {
  Scene scene = QuietCluster();
  scene.spec().token_refresh.namespaces = {"bank"};
  ChangeKey(scene, true);
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True FreshButSkipped");
  CHECK(TokensOf(scene).droppable.empty());
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
  CHECK(TokensOf(scene).droppable == Lines{"a"});
}

TEST_CASE("nothing is touched", "[planner]") {
  Scene scene = Settled(false);
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
  CHECK(scene.Look().actions.empty());
}

TEST_CASE("a second change is another one", "[planner]") {
  Scene scene = Settled(true);
  scene.pods["w"].clear();
  scene.Settle();
  PassWithServers(scene, 720);
  scene.api_servers.clear();
  AddApiServer(scene, "server-1", 890);
  scene.own_tokens.seen.push_back(TokenOf("c", 900));
  scene.key_set = api::KeySet{{"b", "c"}, ""};
  scene.Settle();
  CHECK(TokensOf(scene).change->old_signers == Lines{"b"});
  CHECK_FALSE(TokensOf(scene).change->completed);
  CHECK(TokensOf(scene).droppable.empty());
}
