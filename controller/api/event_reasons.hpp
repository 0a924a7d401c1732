#pragma once
#include <array>

#include "api/reason_row.hpp"

/// Reasons of Events, as reasons.hpp has all others.
namespace cu::api {

/// Events, besides those that are named after a finding of preflight.
enum class EventReason {
  kNodeUpgradeStarted,
  kNodeUpgraded,
  kNodeGivenBack,
  kNodeDeleted,
  kNodeReplaced,
  kNodePostponed,
  kNodeUpgradeFailed,
  kAttemptFailed,
  kDrainBlocked,
  kUpgradeWarning,
  kPodNotRecreated,
  kUpgradeCompleted,
  kUpgradeStalled,
  kSigningKeyChanged,
  kAuthorityChanged,
  kWorkloadRefreshed,
  kWorkloadNotRefreshed,
  kTokensFresh
};
inline constexpr auto kEventReasons = std::to_array<ReasonRow<EventReason>>({
    {EventReason::kNodeUpgradeStarted, "NodeUpgradeStarted", "the upgrade of a node started"},
    {EventReason::kNodeUpgraded, "NodeUpgraded", "a node was verified and released"},
    {EventReason::kNodeGivenBack, "NodeGivenBack", "a node was released without an upgrade"},
    {EventReason::kNodeDeleted, "NodeDeleted", "a node in progress was deleted"},
    {EventReason::kNodeReplaced, "NodeReplaced", "a new node took the place of a deleted one"},
    {EventReason::kNodePostponed, "NodePostponed", "a node was released and is retried later"},
    {EventReason::kNodeUpgradeFailed, "NodeUpgradeFailed", "a node failed"},
    {EventReason::kAttemptFailed, "AttemptFailed", "a Job failed, another attempt follows"},
    {EventReason::kDrainBlocked, "DrainBlocked", "a drain is blocked for a new reason"},
    {EventReason::kUpgradeWarning, "UpgradeWarning", "status.warnings has a new entry"},
    {EventReason::kPodNotRecreated, "PodNotRecreated", "a saved pod is not running again"},
    {EventReason::kUpgradeCompleted, "UpgradeCompleted", "Ready became True"},
    {EventReason::kUpgradeStalled, "UpgradeStalled", "Stalled became True, or has a new reason"},
    {EventReason::kSigningKeyChanged,
     "SigningKeyChanged",
     "new tokens are signed with another key, or by another issuer"},
    {EventReason::kAuthorityChanged,
     "AuthorityChanged",
     "pods are to trust another certificate authority, or are to be replaced by request"},
    {EventReason::kWorkloadRefreshed,
     "WorkloadRefreshed",
     "the pods of a workload that held old credentials are replaced"},
    {EventReason::kWorkloadNotRefreshed,
     "WorkloadNotRefreshed",
     "a workload did not come back after an eviction"},
    {EventReason::kTokensFresh, "TokensFresh", "no pod in scope holds old credentials any more"},
});
static_assert(IsComplete(kEventReasons, EventReason::kTokensFresh));

}  // namespace cu::api
