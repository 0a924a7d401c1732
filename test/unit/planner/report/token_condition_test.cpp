#include "planner/report/token_condition.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the condition says what changed, who lags behind and what to do", "[planner]") {
  Scene scene = QuietCluster();
  ChangeKey(scene, false);
  scene.Settle();
  CHECK(scene.MessageOf("TokensFresh")
            .starts_with("a change of the signing key (Hard: old tokens are refused) was seen: "));
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.MessageOf("TokensFresh") ==
        "1 pod holds credentials from before a change of the signing key (Hard: old tokens are "
        "refused): shop/web-7d9f (ReplicaSet): 1 pod; restart them (docs/TOKENS.md says how), all "
        "pods are looked at every ten minutes");
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.MessageOf("TokensFresh").find("the old key a may be dropped now") !=
        std::string::npos);
}

TEST_CASE("every phase has its reason", "[planner]") {
  TokenWork work;
  work.status = api::TokenRefreshStatus{};
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kKeysUnknown);
  work.status->phase = api::TokenPhase::kCurrent;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kNoChangeSeen);
  work.status->change = api::TokenChange{};
  work.status->change->reasons = {api::TokenChangeReason::kRequested,
                                  api::TokenChangeReason::kCertificateAuthority};
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kFresh);
  work.status->pods.skipped = 1;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kFreshButSkipped);
  work.status->phase = api::TokenPhase::kProving;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kProving);
  CHECK(MakeTokenCondition(work).message.find("(Soft") == std::string::npos);
  work.status->phase = api::TokenPhase::kNodesFirst;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kNodesFirst);
  work.status->phase = api::TokenPhase::kBlocked;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kBlocked);
  work.status->phase = api::TokenPhase::kFailed;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kFailed);
  work.status->phase = api::TokenPhase::kRefreshing;
  work.status->in_progress = {
      {{"shop", "Deployment", "web"}, api::RefreshMethod::kEvict, 3, 3, 2, {}, {}, "waits"}};
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kRefreshing);
  CHECK(MakeTokenCondition(work).message.ends_with(
      "are being replaced; 0 workloads are done; shop/web (Deployment): waits"));
  work.disagree = true;
  CHECK(MakeTokenCondition(work).reason == api::TokenReason::kServersDisagree);
}

TEST_CASE("with mode Auto an upgrade is done when nobody holds old credentials", "[planner]") {
  TokenWork work;
  work.status = api::TokenRefreshStatus{};
  work.status->change = api::TokenChange{};
  work.status->phase = api::TokenPhase::kBlocked;
  CHECK_FALSE(HoldOfTokens(work));
  work.replaces = true;
  REQUIRE(HoldOfTokens(work));
  CHECK(HoldOfTokens(work)->reason == api::HoldReason::kTokensBlocked);
  work.status->phase = api::TokenPhase::kFailed;
  CHECK(HoldOfTokens(work)->kind == Hold::Kind::kNeedsPerson);
  work.status->phase = api::TokenPhase::kSettling;
  CHECK(HoldOfTokens(work)->reason == api::HoldReason::kRefreshingTokens);
  work.status->phase = api::TokenPhase::kCurrent;
  CHECK_FALSE(HoldOfTokens(work));
  work.status->phase = api::TokenPhase::kRefreshing;
  work.status->change->completed = base::WallTime{};
  CHECK_FALSE(HoldOfTokens(work));
}
