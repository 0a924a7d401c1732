#pragma once
#include <array>

#include "api/reason_row.hpp"
#include "api/token_refresh.hpp"

/// Reasons of condition TokensFresh, as reasons.hpp has all others.
namespace cu::api {

enum class TokenReason {
  kNoChangeSeen,
  kFresh,
  kFreshButSkipped,
  kSettling,
  kProving,
  kStale,
  kNodesFirst,
  kRefreshing,
  kBlocked,
  kFailed,
  kServersDisagree,
  kKeysUnknown
};
inline constexpr auto kTokenReasons = std::to_array<ReasonRow<TokenReason>>({
    {TokenReason::kNoChangeSeen, "NoChangeSeen", "keys and authorities have not changed"},
    {TokenReason::kFresh, "Fresh", "every pod in scope was created after the change"},
    {TokenReason::kFreshButSkipped,
     "FreshButSkipped",
     "the same, but for pods of namespaces that are out of scope"},
    {TokenReason::kSettling, "Settling", "not every API server is known to have changed"},
    {TokenReason::kProving, "Proving", "all pods are being looked at"},
    {TokenReason::kStale, "Stale", "pods hold credentials from before the change"},
    {TokenReason::kNodesFirst,
     "NodesFirst",
     "nodes are upgraded first; what a drain moves is fresh"},
    {TokenReason::kRefreshing, "Refreshing", "pods are being replaced"},
    {TokenReason::kBlocked, "Blocked", "all that can be replaced is; the rest waits"},
    {TokenReason::kFailed, "Failed", "too many workloads did not come back"},
    {TokenReason::kServersDisagree, "ServersDisagree", "old and new key sign in turn"},
    {TokenReason::kKeysUnknown, "KeysUnknown", "the controller has no token that names its key"},
});
static_assert(IsComplete(kTokenReasons, TokenReason::kKeysUnknown));

inline constexpr auto kRefreshFailures = std::to_array<ReasonRow<RefreshFailure>>({
    {RefreshFailure::kReplacementNotReady,
     "ReplacementNotReady",
     "a replaced pod did not become Ready in time"},
    {RefreshFailure::kNotReplaced, "NotReplaced", "nobody created a pod for one that was evicted"},
});
static_assert(IsComplete(kRefreshFailures, RefreshFailure::kNotReplaced));

/// Why pods with old credentials are left as they are: status.tokenRefresh.laggards. Nothing was
/// lost.
enum class LaggardReason {
  kSkipped,
  kJobRunning,
  kEmptyDirData,
  kBudgetBlocked,
  kRefused,
  kRightMissing,
  kNotRolledOut,
  kNodeNotReady,
  kUnhealthy,
  kFailed
};
inline constexpr auto kLaggardReasons = std::to_array<ReasonRow<LaggardReason>>({
    {LaggardReason::kSkipped, "Skipped", "spec.tokenRefresh or its annotation says so"},
    {LaggardReason::kJobRunning, "JobRunning", "a Job is let end by itself"},
    {LaggardReason::kEmptyDirData, "EmptyDirData", "spec.drain.emptyDirPods is Refuse"},
    {LaggardReason::kBudgetBlocked, "BudgetBlocked", "a PodDisruptionBudget allows no eviction"},
    {LaggardReason::kRefused, "Refused", "the API server refuses the eviction"},
    {LaggardReason::kRightMissing,
     "RightMissing",
     "the controller may not read or restart workloads"},
    {LaggardReason::kNotRolledOut, "NotRolledOut", "it was restarted, and does not roll out"},
    {LaggardReason::kNodeNotReady, "NodeNotReady", "the pod's node is not Ready"},
    {LaggardReason::kUnhealthy,
     "Unhealthy",
     "it has too few Ready pods, and not because of a replacement"},
    {LaggardReason::kFailed, "Failed", "it did not come back"},
});
static_assert(IsComplete(kLaggardReasons, LaggardReason::kFailed));

}  // namespace cu::api
