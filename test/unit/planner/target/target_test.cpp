#include "planner/target/target.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("drain.when decides whether a change of version drains", "[planner]") {
  using enum api::DrainWhen;
  const auto needs = [](api::DrainWhen when, const char* from, const char* to) {
    api::DrainSpec drain;
    drain.when = when;
    return NeedsDrain(drain, from, to);
  };
  CHECK(needs(kAlways, "v1.36.2", "v1.36.3"));
  CHECK_FALSE(needs(kNever, "v1.35.4", "v1.36.3"));
  CHECK_FALSE(needs(kMinorUpgrade, "v1.36.2", "v1.36.3"));
  CHECK(needs(kMinorUpgrade, "v1.35.4", "v1.36.3"));
  CHECK(needs(kMinorUpgrade, "unreadable", "v1.36.3"));
}

TEST_CASE("a run at the same version drains, too", "[planner]") {
  api::DrainSpec drain;
  drain.when = api::DrainWhen::kMinorUpgrade;
  CHECK(NeedsDrain(drain, "v1.36.3", "v1.36.3"));
  CHECK_FALSE(NeedsDrain(drain, "v1.36.3+k3s1", "v1.36.3+k3s2"));
}

TEST_CASE("spec.versionMatch says what counts as the version", "[planner]") {
  using enum api::VersionMatch;
  CHECK(IsAt(kExact, "v1.36.3", "v1.36.3"));
  CHECK_FALSE(IsAt(kExact, "v1.36.3-eks-5d632ec", "v1.36.3"));
  CHECK(IsAt(kRelease, "v1.36.3-eks-5d632ec", "v1.36.3"));
  CHECK(IsAt(kRelease, "v1.36.3+k3s1", "v1.36.3+k3s2"));
  CHECK_FALSE(IsAt(kRelease, "v1.36.3-rc.1", "v1.36.3"));
  CHECK_FALSE(IsAt(kRelease, "v1.36.2", "v1.36.3"));
}
