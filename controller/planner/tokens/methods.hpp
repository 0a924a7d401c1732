#pragma once
#include <optional>

#include "planner/tokens/replacing.hpp"

namespace cu::planner {

/// What is done with the old pods of a workload.
struct ChosenMethod {
  api::RefreshMethod method = api::RefreshMethod::kEvict;  ///< Evict or Restart
  std::optional<WhyLeft> left = {};                        ///< nothing is, for this reason
};
/// By the annotation clusterupgrade.io/refresh, else by spec.tokenRefresh.methods. Pods that are to
/// end by themselves are waited for unless somebody asks for more. A restart that would replace
/// nothing becomes an eviction, as does one of a workload with an owner of its own, which is never
/// written to. Pre: view.known.
ChosenMethod ChooseMethod(const api::TokenRefreshSpec& spec,
                          const api::Workload& workload,
                          const WorkloadView& view);

}  // namespace cu::planner
