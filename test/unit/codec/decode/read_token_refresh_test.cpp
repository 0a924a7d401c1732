#include "codec/decode/read_token_refresh.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

using namespace cu;
using base::ParseTime;

namespace {

api::ClusterUpgrade Upgrade(const std::string& spec, const std::string& status) {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"production"},"spec":{"version":"v1.36.3","executor":{"type":"External"})" +
      (spec.empty() ? "" : R"(,"tokenRefresh":)" + spec) + R"(},"status":{)" +
      (status.empty() ? "" : R"("tokenRefresh":)" + status) + "}}");
  REQUIRE(upgrade.ok());
  return *upgrade;
}

}  // namespace

TEST_CASE("spec.tokenRefresh is read, and reports by default", "[codec]") {
  CHECK(Upgrade("", "").spec.token_refresh == api::TokenRefreshSpec{});
  const api::TokenRefreshSpec spec =
      Upgrade(R"({"mode":"Disabled","startedBefore":"2026-11-30T10:00:00Z","namespaces":["a"],)"
              R"("excludeNamespaces":["b"]})",
              "")
          .spec.token_refresh;
  CHECK(spec ==
        api::TokenRefreshSpec{
            api::TokenRefreshMode::kDisabled, ParseTime("2026-11-30T10:00:00Z"), {"a"}, {"b"}});
  CHECK(Upgrade(R"({"mode":"Sometimes"})", "").spec.problems.size() == 1);
}

TEST_CASE("every field of status.tokenRefresh is read", "[codec]") {
  CHECK_FALSE(Upgrade("", "").status.token_refresh);
  const auto status = Upgrade("",
                              R"({
    "phase": "Stale",
    "keys": {"signer": "b", "issuer": "i", "verifying": ["a", "b"], "authorities": ["0123"],
             "since": "2026-11-30T10:00:00Z"},
    "change": {"reasons": ["Issuer", "SigningKey", "Astrology"], "urgency": "Hard",
               "oldSigners": ["a"], "seenTime": "2026-11-30T10:00:01Z", "settledBy": "OneServer",
               "since": "2026-11-30T10:00:02Z", "authoritySince": "2026-11-30T10:00:03Z",
               "completionTime": "2026-11-30T10:00:04Z"},
    "pods": {"stale": 3, "current": 4, "skipped": 5},
    "lookTime": "2026-11-30T10:00:05Z",
    "laggards": ["shop/web (Deployment): 3 pods"],
    "laggardsTotal": 1,
    "droppable": ["a"]})")
                          .status.token_refresh;
  REQUIRE(status);
  CHECK(status->phase == api::TokenPhase::kStale);
  CHECK(status->keys ==
        api::TokenKeys{"b", "i", {"a", "b"}, {"0123"}, ParseTime("2026-11-30T10:00:00Z")});
  REQUIRE(status->change);
  CHECK(status->change->reasons ==
        std::vector{api::TokenChangeReason::kSigningKey, api::TokenChangeReason::kIssuer});
  CHECK(status->change->urgency == api::TokenUrgency::kHard);
  CHECK(status->change->old_signers == std::vector<std::string>{"a"});
  CHECK(status->change->seen == ParseTime("2026-11-30T10:00:01Z"));
  CHECK(status->change->settled_by == api::SettledBy::kOneServer);
  CHECK(status->change->since == ParseTime("2026-11-30T10:00:02Z"));
  CHECK(status->change->authority_since == ParseTime("2026-11-30T10:00:03Z"));
  CHECK(status->change->completed == ParseTime("2026-11-30T10:00:04Z"));
  CHECK(status->pods == api::TokenPods{3, 4, 5});
  CHECK(status->look_time == ParseTime("2026-11-30T10:00:05Z"));
  CHECK(status->laggards_total == 1);
  CHECK(status->droppable == std::vector<std::string>{"a"});
}
