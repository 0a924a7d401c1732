#include "core/actions/upgrade_actions.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

TEST_CASE("finalizers are written against the version planned on", "[core]") {
  const auto finalizer = Of(kSetFinalizer);
  CHECK(finalizer.method == port::Method::kJsonPatch);
  CHECK(finalizer.target == "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/up");
  const Json patch = Json::parse(finalizer.body);
  CHECK(patch[0]["path"] == "/metadata/resourceVersion");
  CHECK(patch[0]["value"] == "77");
  CHECK(patch[1]["path"] == "/metadata/finalizers");
  CHECK(patch[1]["value"] == Json{"clusterupgrade.io/release"});
}

TEST_CASE("a finalizer that an old copy asks for is a conflict that does not last", "[core]") {
  CHECK(OutcomeOf(kSetFinalizer, 409, Status("Conflict", "old")) == planner::Outcome::kConflict);
  CHECK(HandlingOf(kSetFinalizer).after_conflict.most < kAfterLastingConflict.most);
  CHECK(OutcomeOf(kSetFinalizer, 404, "") == planner::Outcome::kGone);
}

TEST_CASE("the object of an accepted answer is the next that is planned on", "[core]") {
  Watches watches{{{"system", "jobs"}, {}}};
  const auto adopt = HandlingOf(kSetFinalizer).adopt;
  REQUIRE(adopt != nullptr);
  adopt("no JSON", watches);
  CHECK(watches.upgrades().items().empty());
  adopt(
      R"({"metadata":{"name":"up","resourceVersion":"78","finalizers":["f"]},"spec":{"version":"v1.36.3"}})",
      watches);
  REQUIRE(watches.upgrades().Find("up") != nullptr);
  CHECK(watches.upgrades().Find("up")->meta.resource_version == "78");
  CHECK(watches.upgrades().Find("up")->meta.finalizers == std::vector<std::string>{"f"});
}

}  // namespace
}  // namespace cu::core
