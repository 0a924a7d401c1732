#pragma once
#include <string>

#include "planner/model/planning.hpp"
#include "planner/model/token_look.hpp"

/// What a look at all pods means for status.tokenRefresh.
namespace cu::planner {

/// That answers what the durable status asks; null while there is none.
const TokenLook* AnsweringLook(const Planning& planning);

/// Its counts, and the workloads that it has found.
void NoteLook(const TokenLook& look, api::TokenRefreshStatus& status);

/// Nobody holds old credentials any more: the end of the change.
void Complete(base::WallTime now, api::TokenRefreshStatus& status);

/// Which workloads did not come back, and what to do.
std::string DescribeFailedRefresh(const api::TokenRefreshStatus& status);

/// "shop/web (Deployment): 3 pods"
std::string LaggardLine(const StaleWorkload& found);
/// status.tokenRefresh.laggards has no more (crds/: maxItems).
inline constexpr std::size_t kLaggardsMost = 20;

}  // namespace cu::planner
