#include "planner/tokens/stale_pods.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a pod is refreshed with what would create it again", "[planner]") {
  const api::Pod of_set =
      PodBuilder("web-7d-1").OwnedBy("ReplicaSet", "web-7d").Label("pod-template-hash", "7d");
  CHECK(LineOf(RefreshedAs(of_set)) == "team-a/web (Deployment)");
  const api::Pod alone = PodBuilder("tool").Unmanaged();
  CHECK(LineOf(RefreshedAs(alone)) == "team-a/tool (no controller)");
  CHECK(IsPodAlone(RefreshedAs(alone)));
  CHECK_FALSE(IsPodAlone(RefreshedAs(of_set)));
}
