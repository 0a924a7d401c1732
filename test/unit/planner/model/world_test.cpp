#include "planner/model/world.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a pod of an upgrade Job has our label in the Jobs' namespace", "[planner]") {
  const Self self{"", "", kJobNamespace, {}, 1};
  CHECK(IsJobPod(self, UpgradeJobPod("cu-w-1")));
  CHECK_FALSE(IsJobPod(self, UpgradeJobPod("cu-w-1").In("team-a")));
  CHECK_FALSE(IsJobPod(self, PodBuilder("web").In(kJobNamespace)));
}
