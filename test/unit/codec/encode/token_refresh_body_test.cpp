#include "codec/encode/token_refresh_body.hpp"

#include <catch2/catch.hpp>

#include "codec/decode/read_token_refresh.hpp"

using namespace cu;

namespace {

api::TokenRefreshStatus Whole() {
  const auto at = [](int seconds) { return base::WallTime(std::chrono::seconds(seconds)); };
  api::TokenRefreshStatus status;
  status.phase = api::TokenPhase::kStale;
  status.keys = {"b", "i", {"a", "b"}, {"0123"}, at(1)};
  status.change = api::TokenChange{
      {api::TokenChangeReason::kSigningKey, api::TokenChangeReason::kCertificateAuthority},
      api::TokenUrgency::kHard,
      {"a"},
      at(2),
      api::SettledBy::kQuiet,
      at(3),
      at(4),
      at(5)};
  status.pods = {1, 2, 3};
  status.look_time = at(6);
  status.laggards = {"shop/web (Deployment): 1 pod"};
  status.laggards_total = 9;
  status.round = 2;
  status.replaced = 3;
  status.in_progress = {{{"shop", "Deployment", "web"},
                         api::RefreshMethod::kRestart,
                         5,
                         3,
                         2,
                         at(7),
                         at(8),
                         "waits"}};
  status.failures = {
      {{"shop", "Job", "x"}, api::RefreshFailure::kReplacementNotReady, "why", at(9)}};
  status.droppable = {"a"};
  return status;
}

}  // namespace

TEST_CASE("status.tokenRefresh comes back as it was written", "[codec]") {
  for (const api::TokenRefreshStatus& status : {Whole(), api::TokenRefreshStatus{}}) {
    const codec::Json written = codec::WriteTokenRefresh(status);
    codec::Problems problems;
    CHECK(codec::ReadTokenRefreshStatus(codec::Reader(written, "", problems)) == status);
    CHECK(problems.empty());
  }
}

TEST_CASE("counts of pods are not written before there was a look", "[codec]") {
  CHECK(codec::WriteTokenRefresh({}) == codec::Json{{"keys", codec::Json::object()}});
}
