#include "planner/tokens/methods.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using api::RefreshMethod;

ChosenMethod Choose(const std::string& kind,
                    const WorkloadView& view = {},
                    const api::RefreshMethods& methods = {}) {
  api::TokenRefreshSpec spec;
  spec.methods = methods;
  return ChooseMethod(spec, {"shop", kind, "web"}, view);
}

}  // namespace

TEST_CASE("each kind has its method", "[planner]") {
  const api::RefreshMethods skip{RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip,
                                 RefreshMethod::kSkip};
  for (const char* kind : {"Deployment",
                           "StatefulSet",
                           "DaemonSet",
                           "ReplicaSet",
                           "ReplicationController",
                           "Rollout"}) {
    CHECK_FALSE(Choose(kind).left);
    CHECK(Choose(kind, {}, skip).left->reason == api::LaggardReason::kSkipped);
  }
  CHECK(Choose("Job").left->reason == api::LaggardReason::kJobRunning);
  CHECK(Choose("Pod").left->reason == api::LaggardReason::kSkipped);
}

TEST_CASE("an annotation comes first", "[planner]") {
  WorkloadView view;
  view.wish = "Evict";
  CHECK_FALSE(Choose("Job", view).left);
  view.wish = "Wait";
  CHECK(Choose("Deployment", view).left->message ==
        "left to end by itself by annotation clusterupgrade.io/refresh");
}

TEST_CASE("what cannot be restarted is evicted", "[planner]") {
  api::RefreshMethods methods;
  methods.deployments = RefreshMethod::kRestart;
  api::WorkloadObject web;
  WorkloadView view;
  CHECK(Choose("Deployment", view, methods).method == RefreshMethod::kEvict);
  view.object = &web;
  CHECK(Choose("Deployment", view, methods).method == RefreshMethod::kEvict);
  web.rolls_out = true;
  CHECK(Choose("Deployment", view, methods).method == RefreshMethod::kRestart);
  web.meta.controller = api::Owner{"Shop", "shop", "x"};
  CHECK(Choose("Deployment", view, methods).method == RefreshMethod::kEvict);
}
