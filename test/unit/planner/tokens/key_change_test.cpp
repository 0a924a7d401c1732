#include "planner/tokens/key_change.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;
using Reasons = std::vector<api::TokenChangeReason>;

TEST_CASE("the first look is what later ones are compared with", "[planner]") {
  Scene scene = QuietCluster();
  CHECK(TokensOf(scene).keys == api::TokenKeys{"a", "https://cluster", {"a"}, {"ca1"}, After(0)});
  CHECK_FALSE(TokensOf(scene).change);
  CHECK(scene.ConditionOf("TokensFresh") == "True NoChangeSeen");
  scene.own_tokens.seen = {TokenOf("a", 720)};
  scene.Settle();
  CHECK_FALSE(TokensOf(scene).change);
  CHECK(TokensOf(scene).keys.since == After(0));
}

TEST_CASE("a token by another key tells of a new signer", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.Settle();
  REQUIRE(TokensOf(scene).change);
  const api::TokenChange& change = *TokensOf(scene).change;
  CHECK(change.reasons == Reasons{api::TokenChangeReason::kSigningKey});
  CHECK(change.urgency == api::TokenUrgency::kSoft);
  CHECK(change.old_signers == Lines{"a"});
  CHECK(change.seen == After(60));
  CHECK(TokensOf(scene).keys.signer == "b");
  CHECK(TokensOf(scene).keys.verifying == Lines{"a", "b"});
  CHECK(scene.ConditionOf("TokensFresh") == "False Settling");
}

TEST_CASE("a change is hard once the old key is accepted no more", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.Settle();
  scene.key_set = api::KeySet{{"b"}, ""};
  scene.Settle();
  CHECK(TokensOf(scene).change->urgency == api::TokenUrgency::kHard);
  scene.key_set = api::KeySet{{"a", "b"}, ""};
  scene.Settle();
  CHECK(TokensOf(scene).change->urgency == api::TokenUrgency::kHard);
}

TEST_CASE("where the accepted keys are not known, a token of ours that was refused tells",
          "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, false);
  scene.key_set = api::KeySet{{}, "404: there are none"};
  scene.Settle();
  CHECK(TokensOf(scene).change->urgency == api::TokenUrgency::kSoft);
  scene.own_tokens.refused = TokenOf("a", 0);
  scene.Settle();
  CHECK(TokensOf(scene).change->urgency == api::TokenUrgency::kHard);
}

TEST_CASE("a new issuer is a change, though the keys are the same", "[planner]") {
  Scene scene = QuietCluster();
  PassWithServers(scene, 60);
  scene.own_tokens.seen.push_back(TokenOf("a", 60, "https://other"));
  scene.Settle();
  CHECK(TokensOf(scene).change->reasons == Reasons{api::TokenChangeReason::kIssuer});
  CHECK(TokensOf(scene).change->old_signers.empty());
}

TEST_CASE("the older token of another replica is no change back", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.Settle();
  scene.own_tokens.seen = {TokenOf("a", 30)};
  scene.Settle();
  CHECK(TokensOf(scene).keys.signer == "b");
  CHECK(scene.ConditionOf("TokensFresh") == "False Settling");
}

TEST_CASE(
    "a later token by the old key says that servers differ, after an hour that it was taken "
    "back",
    "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.Settle();
  PassWithServers(scene, 720);
  scene.own_tokens.seen = {TokenOf("b", 60), TokenOf("a", 780)};
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "Unknown ServersDisagree");
  PassWithServers(scene, 3600);
  scene.own_tokens.seen = {TokenOf("b", 60), TokenOf("a", 4380)};
  scene.Settle();
  CHECK(TokensOf(scene).keys.signer == "a");
  CHECK(TokensOf(scene).change->old_signers == Lines{"b"});
}

TEST_CASE("another authority is a change, one that goes is none", "[planner]") {
  Scene scene = QuietCluster();
  scene.authority["x"] = BundleOf("cluster-upgrade-system", {"ca1", "ca2"});
  scene.Settle();
  REQUIRE(TokensOf(scene).change);
  CHECK(TokensOf(scene).change->reasons == Reasons{api::TokenChangeReason::kCertificateAuthority});
  Scene other = QuietCluster();
  other.status().token_refresh->keys.authorities = {"ca0", "ca1"};
  other.Settle();
  CHECK_FALSE(TokensOf(other).change);
  CHECK(TokensOf(other).keys.authorities == Lines{"ca1"});
}

TEST_CASE("startedBefore moves a change that has settled", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, true);
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  REQUIRE(TokensOf(scene).change->since == After(60));
  scene.spec().token_refresh.started_before = After(150);
  scene.Edit();
  scene.Settle();
  CHECK(TokensOf(scene).change->since == After(150));
  CHECK(TokensOf(scene).change->authority_since == After(150));
  CHECK(TokensOf(scene).change->old_signers == Lines{"a"});
}

TEST_CASE("startedBefore asks once, also if it is a time to come", "[planner]") {
  Scene scene = QuietCluster();
  scene.spec().token_refresh.started_before = After(100);
  scene.Edit();
  scene.Settle();
  CHECK_FALSE(TokensOf(scene).change);
  CHECK(scene.Look().wake_at.has_value());
  PassWithServers(scene, 100);
  scene.Settle();
  REQUIRE(TokensOf(scene).change);
  CHECK(TokensOf(scene).change->reasons == Reasons{api::TokenChangeReason::kRequested});
  CHECK(TokensOf(scene).change->settled_by == api::SettledBy::kRequested);
  CHECK(TokensOf(scene).change->since == After(100));
  scene.pods["w"].clear();
  scene.survey.reset();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
  const auto completed = TokensOf(scene).change->completed;
  PassWithServers(scene, 100);
  scene.Settle();
  CHECK(TokensOf(scene).change->completed == completed);
}
