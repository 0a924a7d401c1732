#include "codec/decode/read_condition.hpp"

#include <catch2/catch.hpp>

namespace cu::codec {
namespace {

FoundCondition Find(const char* conditions, const char* type) {
  Problems problems;
  const Json tree = Parse(conditions, {}, problems);
  REQUIRE(problems.empty());
  return FindCondition(Reader(tree, "", problems), type);
}

TEST_CASE("a condition is found by its type, with what it says", "[codec]") {
  const char* conditions = R"([{"type":"Ready","status":"False","reason":"Stuck","message":"m",
                                "lastTransitionTime":"2026-11-22T17:59:59Z"},
                               {"type":"Synced","status":"True"}])";
  const FoundCondition ready = Find(conditions, "Ready");
  CHECK(ready.is_false);
  CHECK_FALSE(ready.is_true);
  CHECK(ready.reason == "Stuck");
  CHECK(ready.message == "m");
  CHECK(ready.since == base::ParseTime("2026-11-22T17:59:59Z"));
  CHECK(Find(conditions, "Synced").is_true);
}

TEST_CASE("a condition that is Unknown or missing is neither true nor false", "[codec]") {
  for (const char* conditions : {R"([{"type":"Ready","status":"Unknown"}])", "[]", "null"}) {
    const FoundCondition found = Find(conditions, "Ready");
    CHECK_FALSE(found.is_true);
    CHECK_FALSE(found.is_false);
  }
}

TEST_CASE("a reason stands alone where there is no message", "[codec]") {
  CHECK(WithMessage("SyncFailed", "") == "SyncFailed");
  CHECK(WithMessage("SyncFailed", "no controller") == "SyncFailed: no controller");
}

}  // namespace
}  // namespace cu::codec
