#pragma once
#include <array>
#include <cstddef>

#include "api/reason_row.hpp"

namespace cu::api {

/// Something about the drains to come or done that a person ought to know. The first
/// kPreflightFindings are those that spec.preflight.ignore names.
enum class FindingType {
  kAllOnOneNode,
  kBudgetAllowsNoneNow,
  kBudgetNeverAllows,
  kCordonRefused,
  kComesBack,
  kDeleteNotAllowed,
  kDoNotDisrupt,
  kEmptyDirData,
  kGangUnderBudget,
  kGraceTooLong,
  kHangsInTermination,
  kJobInterrupted,
  kJobRefused,
  kPinnedPod,
  kPodRefused,
  kPinnedUnderBudget,
  kRecreateNotAllowed,
  kSingleReplica,
  kTwoBudgets,
  kUnmanagedPods,
  kNewerThanTarget,
  kVolumesStillAttached,
  kDaemonSetsNotReady,
  kPodNotRecreated,
  kWorkloadNotRecovered,
  kTaintRefused,
  kUnknown
};
inline constexpr auto kFindingTypes = std::to_array<ReasonRow<FindingType>>({
    {FindingType::kAllOnOneNode, "AllOnOneNode", "all pods of the workload run on one node"},
    {FindingType::kBudgetAllowsNoneNow,
     "BudgetAllowsNoneNow",
     "the budget allows no eviction as its pods are now"},
    {FindingType::kBudgetNeverAllows, "BudgetNeverAllows", "the budget never allows an eviction"},
    {FindingType::kCordonRefused, "CordonRefused", "the API server rejects the cordon of a node"},
    {FindingType::kComesBack, "ComesBack", "evicted pods may land on the cordoned node again"},
    {FindingType::kDeleteNotAllowed,
     "DeleteNotAllowed",
     "the role for onTimeout: Delete is missing"},
    {FindingType::kDoNotDisrupt, "DoNotDisrupt", "the pod asks not to be disturbed"},
    {FindingType::kEmptyDirData, "EmptyDirData", "data in emptyDir volumes is erased"},
    {FindingType::kGangUnderBudget,
     "GangUnderBudget",
     "the budget selects pods that are scheduled only together"},
    {FindingType::kGraceTooLong, "GraceTooLong", "its grace exceeds the drain's timeout"},
    {FindingType::kHangsInTermination,
     "HangsInTermination",
     "the pod should have ended and still exists"},
    {FindingType::kJobInterrupted, "JobInterrupted", "the work of a Job is interrupted"},
    {FindingType::kJobRefused, "JobRefused", "the API server rejects the upgrade Job"},
    {FindingType::kPinnedPod, "PinnedPod", "the pod fits only its current node"},
    {FindingType::kPodRefused, "PodRefused", "the API server rejects the pod of the upgrade Job"},
    {FindingType::kPinnedUnderBudget,
     "PinnedUnderBudget",
     "the budget waits for pods that fit only the node that is drained"},
    {FindingType::kRecreateNotAllowed,
     "RecreateNotAllowed",
     "the role for unmanagedPods: Recreate is missing"},
    {FindingType::kSingleReplica, "SingleReplica", "the workload runs one pod"},
    {FindingType::kTwoBudgets, "TwoBudgets", "more than one budget selects the pod"},
    {FindingType::kUnmanagedPods, "UnmanagedPods", "the pod has no controller"},
    {FindingType::kNewerThanTarget,
     "NewerThanTarget",
     "the patch version of the node is newer than the target"},
    {FindingType::kVolumesStillAttached,
     "VolumesStillAttached",
     "the upgrade continued although volumes may be attached"},
    {FindingType::kDaemonSetsNotReady,
     "DaemonSetsNotReady",
     "DaemonSet pods that were Ready before are not Ready again"},
    {FindingType::kPodNotRecreated, "PodNotRecreated", "a saved pod is not running again"},
    {FindingType::kWorkloadNotRecovered,
     "WorkloadNotRecovered",
     "a workload has fewer Ready pods than before its pods were evicted"},
    {FindingType::kTaintRefused,
     "TaintRefused",
     "the API server rejects the taint of nodes that are still to be upgraded"},
    {FindingType::kUnknown, "Unknown", "a warning that this release does not know"},
});
inline constexpr std::size_t kPreflightFindings = 20;
constexpr bool IsOfPreflight(FindingType type) {
  return static_cast<std::size_t>(type) < kPreflightFindings;
}
static_assert(IsComplete(kFindingTypes, FindingType::kUnknown));

}  // namespace cu::api
