#include "planner/tokens/looks.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a look names twenty workloads and counts all", "[planner]") {
  TokenLook look;
  look.began = After(1);
  look.pods = {30, 1, 2};
  look.more = true;
  for (int i = 0; i < 30; ++i) {
    look.workloads.push_back({{"shop", "StatefulSet", "w" + std::to_string(i)}, 1, false});
  }
  api::TokenRefreshStatus status;
  NoteLook(look, status);
  CHECK(status.laggards.size() == 20);
  CHECK(status.laggards.front() == "shop/w0 (StatefulSet): 1 pod");
  CHECK(status.laggards_total == 31);
  CHECK(status.pods == look.pods);
  CHECK(status.look_time == After(1));
}

TEST_CASE("failed workloads are told with what to do", "[planner]") {
  api::TokenRefreshStatus status;
  status.failures = {{{"shop", "Deployment", "web"},
                      api::RefreshFailure::kNotReplaced,
                      "2 of 3 pods are there",
                      After(0)}};
  CHECK(DescribeFailedRefresh(status) ==
        "workloads did not come back after pods with old credentials were evicted: shop/web "
        "(Deployment) (NotReplaced: 2 of 3 pods are there); repair them, and retry: set the "
        "annotation clusterupgrade.io/retry to a new value");
}
