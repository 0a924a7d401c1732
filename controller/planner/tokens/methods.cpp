#include "planner/tokens/methods.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/names.hpp"
#include "base/text.hpp"

namespace cu::planner {
namespace {

using api::LaggardReason;
using api::RefreshMethod;
using api::RefreshMethods;

constexpr std::size_t kWishShown = 40;
constexpr std::string_view kJobKind = "Job";

constexpr auto kByKind =
    std::to_array<std::pair<std::string_view, RefreshMethod RefreshMethods::*>>(
        {{api::kDeploymentKind, &RefreshMethods::deployments},
         {api::kStatefulSetKind, &RefreshMethods::stateful_sets},
         {api::kDaemonSetKind, &RefreshMethods::daemon_sets},
         {api::kReplicaSetKind, &RefreshMethods::replica_sets},
         {api::kReplicationControllerKind, &RefreshMethods::replication_controllers},
         {kJobKind, &RefreshMethods::jobs}});

RefreshMethod MethodOf(const RefreshMethods& methods,
                       const api::Workload& workload,
                       const WorkloadView& view) {
  if (IsPodAlone(workload)) {
    return methods.pods;
  }
  const auto* const found = std::find_if(
      kByKind.begin(), kByKind.end(), [&](const auto& row) { return row.first == workload.kind; });
  const RefreshMethod method =
      methods.*(found == kByKind.end() ? &RefreshMethods::others : found->second);
  const bool ends = std::any_of(
      view.stale.begin(), view.stale.end(), [](const api::Pod* pod) { return !pod->lasting; });
  return ends && workload.kind != kJobKind && method != RefreshMethod::kSkip ? RefreshMethod::kWait
                                                                             : method;
}

}  // namespace

ChosenMethod ChooseMethod(const api::TokenRefreshSpec& spec,
                          const api::Workload& workload,
                          const WorkloadView& view) {
  RefreshMethod method = MethodOf(spec.methods, workload, view);
  std::string why = "by spec.tokenRefresh.methods";
  if (!view.wish.empty()) {
    why = "by annotation clusterupgrade.io/refresh";
    const auto* const wish = std::find_if(api::kRefreshMethods.begin(),
                                          api::kRefreshMethods.end(),
                                          [&](const auto& row) { return row.first == view.wish; });
    if (wish == api::kRefreshMethods.end()) {
      return {.left = WhyLeft{LaggardReason::kSkipped,
                              "annotation clusterupgrade.io/refresh is \"" +
                                  base::Cut(view.wish, kWishShown) +
                                  "\": write Evict, Restart, Wait or Skip"}};
    }
    method = wish->second;
  }
  switch (method) {
    case RefreshMethod::kEvict:
      break;
    case RefreshMethod::kRestart: {
      const api::WorkloadObject* object = view.object;
      const bool rolls_out = object != nullptr && object->rolls_out && !object->meta.controller;
      return {.method = rolls_out ? RefreshMethod::kRestart : RefreshMethod::kEvict};
    }
    case RefreshMethod::kWait:
      return {.left = WhyLeft{LaggardReason::kJobRunning, "left to end by itself " + why}};
    case RefreshMethod::kSkip:
      return {.left = WhyLeft{LaggardReason::kSkipped, "left as it is " + why}};
  }
  return {};
}

}  // namespace cu::planner
