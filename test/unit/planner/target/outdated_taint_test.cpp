#include "planner/target/outdated_taint.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const std::string kKey(api::kOutdated);
constexpr const char* kUid = "5f0c1111-0000-4000-8000-00000000000a";

api::Node With(const std::vector<api::Taint>& taints) {
  api::Node node = Worker("w");
  node.taints = taints;
  return node;
}

}  // namespace

TEST_CASE("a taint is ours by key, effect and the UID that it has as its value", "[planner]") {
  const api::Taint other{"team", "red", "NoSchedule"};
  const api::Taint ours{kKey, kUid, "PreferNoSchedule"};
  CHECK(PlaceOfTaint(With({ours}), kUid) == 0U);
  CHECK(PlaceOfTaint(With({other, ours}), kUid) == 1U);
  CHECK_FALSE(PlaceOfTaint(With({other}), kUid));
  CHECK_FALSE(PlaceOfTaint(With({ours}), "another"));
  CHECK_FALSE(PlaceOfTaint(With({{kKey, kUid, "NoSchedule"}}), kUid));
  CHECK_FALSE(PlaceOfTaint(With({{"outdated", kUid, "PreferNoSchedule"}}), kUid));
  CHECK_FALSE(PlaceOfTaint(With({{kKey, "", "PreferNoSchedule"}}), ""));
}

TEST_CASE("whose taint it is, it says itself, and only a UID says it", "[planner]") {
  CHECK(OwnerOfTaint(With({{kKey, kUid, "PreferNoSchedule"}})) == kUid);
  for (const char* value : {"",
                            "true",
                            "5f0c1111-0000-4000-8000-00000000000",
                            "5f0c1111-0000-4000-8000-00000000000g",
                            "5f0c1111x0000-4000-8000-00000000000a"}) {
    CHECK(OwnerOfTaint(With({{kKey, value, "PreferNoSchedule"}})).empty());
  }
  CHECK(OwnerOfTaint(With({{kKey, kUid, "NoSchedule"}})).empty());
}

TEST_CASE("anybody's taint of the key shows, and only hard taints repel pods", "[planner]") {
  CHECK(ShowsTaint(With({{kKey, "mine", "NoExecute"}})));
  CHECK_FALSE(ShowsTaint(With({{"team", "", "NoExecute"}})));
  CHECK_FALSE(RepelsPods(With({})));
  CHECK_FALSE(RepelsPods(With({{"team", "", "PreferNoSchedule"}})));
  CHECK(RepelsPods(With({{"team", "", "PreferNoSchedule"}, {"gpu", "", "NoSchedule"}})));
}
