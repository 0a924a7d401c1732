#include "core/actions/dry_run.hpp"

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

TEST_CASE("a webhook that supports no dry run has said nothing", "[core]") {
  codec::ApiStatus status;
  status.message = "admission webhook \"w\" does not support dry run";
  CHECK(JudgeDryRun({400, "", status}) == planner::Outcome::kUnjudged);
  status.message = "admission webhook \"w\" denied the request";
  CHECK_FALSE(JudgeDryRun({400, "", status}));
}

}  // namespace
}  // namespace cu::core
