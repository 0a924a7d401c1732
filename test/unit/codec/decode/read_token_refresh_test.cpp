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
  api::TokenRefreshSpec disabled;
  disabled.mode = api::TokenRefreshMode::kDisabled;
  disabled.started_before = ParseTime("2026-11-30T10:00:00Z");
  disabled.namespaces = {"a"};
  disabled.exclude_namespaces = {"b"};
  CHECK(spec == disabled);
  CHECK(Upgrade(R"({"mode":"Sometimes"})", "").spec.problems.size() == 1);
  const api::TokenRefreshSpec replaces =
      Upgrade(R"({"mode":"Auto","methods":{"deployments":"Skip","jobs":"Evict","pods":"Evict"},)"
              R"("maxConcurrent":20,"minReadySeconds":0,"timeoutSeconds":60,"maxFailed":50})",
              "")
          .spec.token_refresh;
  CHECK(replaces.mode == api::TokenRefreshMode::kAuto);
  CHECK(replaces.methods.deployments == api::RefreshMethod::kSkip);
  CHECK(replaces.methods.stateful_sets == api::RefreshMethod::kEvict);
  CHECK(replaces.methods.jobs == api::RefreshMethod::kEvict);
  CHECK(replaces.methods.pods == api::RefreshMethod::kEvict);
  CHECK(replaces.max_concurrent == 20);
  CHECK(replaces.min_ready_seconds == 0);
  CHECK(replaces.timeout_seconds == 60);
  CHECK(replaces.max_failed == 50);
  CHECK(Upgrade(R"({"maxConcurrent":0,"timeoutSeconds":1})", "").spec.problems.size() == 2);
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
    "laggardsTotal": 1, "round": 2, "workloadsReplaced": 4,
    "inProgress": [{"kind": "Deployment", "namespace": "shop", "name": "web", "method": "Restart", "pods": 5,
                    "old": 3, "left": 2, "startTime": "2026-11-30T10:00:06Z",
                    "progressTime": "2026-11-30T10:00:07Z", "message": "waits"}],
    "failures": [{"kind": "Job", "namespace": "shop", "name": "x", "reason": "ReplacementNotReady",
                  "message": "why", "time": "2026-11-30T10:00:08Z"}],
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
  CHECK(status->round == 2);
  CHECK(status->replaced == 4);
  CHECK(status->in_progress == std::vector{api::WorkloadInWork{{"shop", "Deployment", "web"},
                                                               api::RefreshMethod::kRestart,
                                                               5,
                                                               3,
                                                               2,
                                                               *ParseTime("2026-11-30T10:00:06Z"),
                                                               *ParseTime("2026-11-30T10:00:07Z"),
                                                               "waits"}});
  CHECK(status->failures ==
        std::vector{api::FailedWorkload{{"shop", "Job", "x"},
                                        api::RefreshFailure::kReplacementNotReady,
                                        "why",
                                        *ParseTime("2026-11-30T10:00:08Z")}});
  CHECK(status->laggards_total == 1);
  CHECK(status->droppable == std::vector<std::string>{"a"});
}
