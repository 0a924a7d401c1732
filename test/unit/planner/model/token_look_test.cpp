#include "planner/model/token_look.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a look is asked for once a change has settled, until it is completed", "[planner]") {
  Scene scene = QuietCluster();
  api::ClusterUpgrade& upgrade = scene.upgrade();
  CHECK(TokenQuestion(upgrade).empty());
  upgrade.status.token_refresh->change = api::TokenChange{};
  CHECK(TokenQuestion(upgrade).empty());
  api::TokenChange& change = *upgrade.status.token_refresh->change;
  change.since = After(100);
  const std::string question = TokenQuestion(upgrade);
  CHECK_FALSE(question.empty());
  change.since = After(101);
  CHECK(TokenQuestion(upgrade) != question);
  change.since = After(100);
  change.authority_since = After(100);
  CHECK(TokenQuestion(upgrade) != question);
  change.completed = After(200);
  CHECK(TokenQuestion(upgrade).empty());
  change.completed.reset();
  upgrade.spec.token_refresh.mode = api::TokenRefreshMode::kDisabled;
  CHECK(TokenQuestion(upgrade).empty());
}
