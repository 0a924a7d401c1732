#include "planner/model/patience.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace cu;
using namespace cu::planner;
using namespace std::chrono_literals;

TEST_CASE("a refusal is waited for shorter than an answer that says nothing", "[planner]") {
  ActionResult result;
  result.since = base::WallTime(100s);
  for (const Outcome refusal : {Outcome::kForbidden, Outcome::kInvalid, Outcome::kConflict}) {
    result.outcome = refusal;
    CHECK(PatienceEnds(result) == base::WallTime(190s));
  }
  for (const Outcome vague : {Outcome::kUnknown, Outcome::kOverload}) {
    result.outcome = vague;
    CHECK(PatienceEnds(result) == base::WallTime(700s));
  }
}
