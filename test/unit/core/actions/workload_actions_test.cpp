#include "core/actions/workload_actions.hpp"

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

using namespace cu;
using namespace cu::core;

namespace {

planner::RestartWorkload Restart(const std::string& kind) {
  return {{"shop", kind, "web"}, "u", "7", base::WallTime{}};
}

}  // namespace

TEST_CASE("workloads that roll out are patched at their place", "[core]") {
  const auto path = [](const char* kind) { return RequestFor(Restart(kind), {})->target; };
  CHECK(path("Deployment") == "/apis/apps/v1/namespaces/shop/deployments/web");
  CHECK(path("StatefulSet") == "/apis/apps/v1/namespaces/shop/statefulsets/web");
  CHECK(path("DaemonSet") == "/apis/apps/v1/namespaces/shop/daemonsets/web");
  CHECK(RequestFor(Restart("Deployment"), {})->method == port::Method::kMergePatch);
  CHECK_FALSE(RequestFor(Restart("ReplicaSet"), {}).ok());
}

TEST_CASE("an older copy of a workload is a conflict, a missing right is one", "[core]") {
  CHECK(OutcomeOf(Restart("Deployment"), 409, Status("Conflict", "old")) ==
        planner::Outcome::kConflict);
  CHECK(OutcomeOf(Restart("Deployment"), 403, Status("Forbidden", "no")) ==
        planner::Outcome::kForbidden);
}
