#include "planner/tokens/settling.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;
using api::SettledBy;

namespace {

SettledBy SettledIn(Scene& scene) {
  scene.Settle();
  return TokensOf(scene).change->settled_by;
}

}  // namespace

TEST_CASE("one API server has changed with its first new token", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  CHECK(SettledIn(scene) == SettledBy::kNone);  // another one may be starting
  PassWithServers(scene, 119);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 1);
  CHECK(SettledIn(scene) == SettledBy::kOneServer);
  CHECK(TokensOf(scene).change->since == After(60));
}

TEST_CASE("the start of the newest server counts, where that was later", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.api_servers.clear();
  AddApiServer(scene, "server-1", 70);
  scene.Settle();
  PassWithServers(scene, 120);
  CHECK(SettledIn(scene) == SettledBy::kNone);  // with its old key again, for all that is known
  scene.own_tokens.seen.back() = TokenOf("b", 70);
  CHECK(SettledIn(scene) == SettledBy::kNone);  // in the same second
  scene.own_tokens.seen.back() = TokenOf("b", 71);
  CHECK(SettledIn(scene) == SettledBy::kOneServer);
  CHECK(TokensOf(scene).change->since == After(70));
}

TEST_CASE("several API servers have changed once all were started after the last old token",
          "[planner]") {
  Scene scene = QuietCluster();
  scene.Add(ControlPlaneNode("master-2").At(kNew));
  ChangeKey(scene, true);
  AddApiServer(scene, "server-2", -1000);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 200);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  CHECK(scene.MessageOf("TokensFresh").find("2 API servers are seen of 2") != std::string::npos);
  scene.api_servers.erase("kube-system/server-2");
  AddApiServer(scene, "server-2", 250);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 120);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  scene.own_tokens.seen.back() = TokenOf("b", 300);
  CHECK(SettledIn(scene) == SettledBy::kAllServersStarted);
  CHECK(TokensOf(scene).change->since == After(250));
}

TEST_CASE("servers that were started before the first new token may have the old key still",
          "[planner]") {
  Scene scene = QuietCluster();
  scene.Add(ControlPlaneNode("master-2").At(kNew));
  ChangeKey(scene, true);
  AddApiServer(scene, "server-2", 30);  // since it accepts both keys, it signs with the old one
  scene.own_tokens.seen.back() = TokenOf("b", 60);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  scene.own_tokens.seen.back() = TokenOf("b", 100);
  PassWithServers(scene, 120);
  CHECK(SettledIn(scene) == SettledBy::kNone);
}

TEST_CASE("a server that is away may come back with the old key", "[planner]") {
  Scene scene = QuietCluster();
  scene.Add(ControlPlaneNode("master-2").At(kNew));
  ChangeKey(scene, true);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 300);
  CHECK(SettledIn(scene) == SettledBy::kNone);
}

TEST_CASE("the Lease of a server that was killed does not count", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  AddApiServer(scene, "killed", -1000);
  api::Lease dead = scene.api_servers.at("kube-system/killed");
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 61);
  scene.api_servers["kube-system/killed"] = dead;
  CHECK(SettledIn(scene) == SettledBy::kNone);
  PassWithServers(scene, 120);
  scene.api_servers["kube-system/killed"] = dead;
  CHECK(SettledIn(scene) == SettledBy::kOneServer);
}

TEST_CASE("without Leases an hour without an old token is what there is, fifteen minutes if hard",
          "[planner]") {
  const bool soft = GENERATE(true, false);
  Scene scene = QuietCluster();
  ChangeKey(scene, soft);
  scene.api_servers.clear();
  const int quiet = soft ? 3600 : 900;
  scene.Settle();
  scene.Pass(quiet - 1);
  CHECK(SettledIn(scene) == SettledBy::kNone);
  scene.Pass(1);
  CHECK(SettledIn(scene) == SettledBy::kQuiet);
  CHECK(TokensOf(scene).change->since == After(60 + quiet));  // a server may have changed just now
}

TEST_CASE("authorities have settled once every namespace has them, and kubelets have had a minute",
          "[planner]") {
  Scene scene = QuietCluster();
  scene.authority["x"] = BundleOf("cluster-upgrade-system", {"ca1", "ca2"});
  scene.Settle();
  CHECK_FALSE(TokensOf(scene).change->authority_since);
  CHECK(scene.MessageOf("TokensFresh").find("1 namespaces") != std::string::npos);
  scene.Pass(5);
  scene.authorities["x"] = BundleOf("shop", {"ca1", "ca2"});
  scene.Settle();
  CHECK(TokensOf(scene).change->authority_since == After(65));
  CHECK(scene.ConditionOf("TokensFresh") == "False Settling");
  scene.Pass(60);
  scene.survey.reset();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
}

TEST_CASE("a namespace that is never renewed is waited for ten minutes", "[planner]") {
  Scene scene = QuietCluster();
  scene.authority["x"] = BundleOf("cluster-upgrade-system", {"ca1", "ca2"});
  scene.Settle();
  scene.Pass(600);
  scene.Settle();
  CHECK(TokensOf(scene).change->authority_since == After(660));
}
