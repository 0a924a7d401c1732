#pragma once
#include <array>
#include <string>

#include "api/event_reasons.hpp"
#include "api/finding_types.hpp"
#include "api/reason_row.hpp"
#include "api/token_reasons.hpp"

/// Every reason that users see, as a type: an enumerator, its CamelCase name in the status, and
/// what it means. docs/REASONS.md and docs/PREFLIGHT.md say what to do about each; a test holds
/// them to these tables (test/unit/api/reasons_test.cpp).
namespace cu::api {

/// Why a node failed: status.failures[].reason.
enum class FailureReason {
  kImageNotPulled,
  kCordonRefused,
  kDrainTimeout,
  kUncordonedByUser,
  kJobRefused,
  kJobNeverStarted,
  kJobFailed,
  kJobLost,
  kJobOverdue,
  kInterrupted,
  kNotUpgradedInTime,
  kWrongVersion,
  kNodeNotReady,
  kNotRebooted,
  kNoSignOfLife,
  kDaemonSetsNotReady,
  kStaticPodsNotReady,
  kPodsUnknown,
  kNotReplaced,
  kUnknown
};
inline constexpr auto kFailureReasons = std::to_array<ReasonRow<FailureReason>>({
    {FailureReason::kImageNotPulled,
     "ImageNotPulled",
     "the executor's image cannot be pulled on the node"},
    {FailureReason::kCordonRefused, "CordonRefused", "the API server refused the cordon"},
    {FailureReason::kDrainTimeout, "DrainTimeout", "pods did not leave in time"},
    {FailureReason::kUncordonedByUser,
     "UncordonedByUser",
     "a user uncordoned it, and no more nodes can be postponed"},
    {FailureReason::kJobRefused, "JobRefused", "the API server refused the Job"},
    {FailureReason::kJobNeverStarted, "JobNeverStarted", "no container of the Job started"},
    {FailureReason::kJobFailed, "JobFailed", "the Job failed in its last attempt"},
    {FailureReason::kJobLost, "JobLost", "the Job was deleted before it finished"},
    {FailureReason::kJobOverdue, "JobOverdue", "the Job did not end in time"},
    {FailureReason::kInterrupted,
     "Interrupted",
     "a deletion, a new target or an exclusion came between two attempts"},
    {FailureReason::kNotUpgradedInTime,
     "NotUpgradedInTime",
     "the external tool did not upgrade it in time"},
    {FailureReason::kWrongVersion, "WrongVersion", "the kubelet reports another version"},
    {FailureReason::kNodeNotReady, "NodeNotReady", "it was not Ready in time"},
    {FailureReason::kNotRebooted, "NotRebooted", "it was not rebooted"},
    {FailureReason::kNoSignOfLife, "NoSignOfLife", "its kubelet did not renew its Lease"},
    {FailureReason::kDaemonSetsNotReady,
     "DaemonSetsNotReady",
     "DaemonSet pods that were Ready before are not Ready again"},
    {FailureReason::kStaticPodsNotReady,
     "StaticPodsNotReady",
     "static pods of the control plane that were Ready before are not Ready again"},
    {FailureReason::kPodsUnknown, "PodsUnknown", "its pods could not be listed"},
    {FailureReason::kNotReplaced,
     "NotReplaced",
     "it was deleted while in progress, and no new node has taken its place in time"},
    {FailureReason::kUnknown, "Unknown", "a reason that this release does not know"},
});

/// Why a node was given back and waits: status.postponed[].reason.
enum class PostponeReason { kUncordonedByUser, kDrainTimeout, kUnknown };
inline constexpr auto kPostponeReasons = std::to_array<ReasonRow<PostponeReason>>({
    {PostponeReason::kUncordonedByUser,
     "UncordonedByUser",
     "a user uncordoned it before it was changed"},
    {PostponeReason::kDrainTimeout, "DrainTimeout", "pods did not leave in time"},
    {PostponeReason::kUnknown, "Unknown", "a reason that this release does not know"},
});

/// Why nothing moves, on Ready, Reconciling and Stalled.
enum class HoldReason {
  kAnotherClusterUpgrade,
  kInvalidSpec,
  kNoExecutorImage,
  kControlPlaneNotSelected,
  kVersionUnreadable,
  kDowngradeRefused,
  kMinorSkipped,
  kSkewViolated,
  kSkippedNodeTooOld,
  kDeleting,
  kWaitingForServerVersion,
  kControlPlaneNodeFailed,
  kTooManyFailed,
  kControlPlaneNotUpgraded,
  kPaused,
  kPreflight,
  kPreflightRefused,
  kWaitingForWatches,
  kWaitingForOther,
  kLookingAtNode,
  kWaitingForWorkloads,
  kWaitingForNodes,
  kNodesUnhealthy,
  kWaitingForJob,
  kWaitingForBudgets,
  kWaitingForReplacement,
  kWaitingForHop,
  kPending,
  kNodesFailed,
  kPodsToRecreate,
  kRefreshingTokens,
  kTokensBlocked,
  kRefreshFailed
};
inline constexpr auto kHoldReasons = std::to_array<ReasonRow<HoldReason>>({
    {HoldReason::kAnotherClusterUpgrade,
     "AnotherClusterUpgrade",
     "only the oldest ClusterUpgrade is active"},
    {HoldReason::kInvalidSpec, "InvalidSpec", "a value of the spec is not valid"},
    {HoldReason::kNoExecutorImage, "NoExecutorImage", "the built-in executor has no image"},
    {HoldReason::kControlPlaneNotSelected,
     "ControlPlaneNotSelected",
     "spec.controlPlane.nodeSelector does not select a control-plane node"},
    {HoldReason::kVersionUnreadable,
     "VersionUnreadable",
     "a control-plane node reports no valid version"},
    {HoldReason::kDowngradeRefused, "DowngradeRefused", "a node is newer than the target version"},
    {HoldReason::kMinorSkipped,
     "MinorSkipped",
     "a control-plane node is more than one minor version behind"},
    {HoldReason::kSkewViolated, "SkewViolated", "the version skew would not be supported"},
    {HoldReason::kSkippedNodeTooOld,
     "SkippedNodeTooOld",
     "a skipped node would fall out of the supported version skew"},
    {HoldReason::kDeleting, "Deleting", "the object is being deleted"},
    {HoldReason::kWaitingForServerVersion,
     "WaitingForServerVersion",
     "the API server is asked for its version"},
    {HoldReason::kControlPlaneNodeFailed, "ControlPlaneNodeFailed", "a control-plane node failed"},
    {HoldReason::kTooManyFailed, "TooManyFailed", "more workers failed than maxFailedNodes"},
    {HoldReason::kControlPlaneNotUpgraded,
     "ControlPlaneNotUpgraded",
     "a control-plane node was postponed, and workers wait for it"},
    {HoldReason::kPaused, "Paused", "spec.paused is true"},
    {HoldReason::kPreflight, "Preflight", "the pods of the cluster are being checked"},
    {HoldReason::kPreflightRefused, "PreflightRefused", "blocking findings"},
    {HoldReason::kWaitingForWatches,
     "WaitingForWatches",
     "the watches of the API server are not up to date"},
    {HoldReason::kWaitingForOther,
     "WaitingForOther",
     "another ClusterUpgrade still has nodes in progress"},
    {HoldReason::kLookingAtNode, "LookingAtNode", "the pods of the next node are being checked"},
    {HoldReason::kWaitingForWorkloads,
     "WaitingForWorkloads",
     "workloads have fewer Ready pods than before their pods were evicted"},
    {HoldReason::kWaitingForNodes, "WaitingForNodes", "nodes that are not Ready use up the budget"},
    {HoldReason::kNodesUnhealthy, "NodesUnhealthy", "nodes have not been Ready for a long time"},
    {HoldReason::kWaitingForJob, "WaitingForJob", "an upgrade Job still runs on a node"},
    {HoldReason::kWaitingForBudgets,
     "WaitingForBudgets",
     "budgets that allow no eviction on the next node may change by themselves"},
    {HoldReason::kWaitingForReplacement,
     "WaitingForReplacement",
     "a node that was deleted while in progress has not been replaced yet"},
    {HoldReason::kWaitingForHop,
     "WaitingForHop",
     "nodes in progress for another version are finished first"},
    {HoldReason::kPending, "Pending", "nodes are pending"},
    {HoldReason::kNodesFailed, "NodesFailed", "only failed or postponed nodes are left"},
    {HoldReason::kPodsToRecreate, "PodsToRecreate", "saved pods are not running again yet"},
    {HoldReason::kRefreshingTokens,
     "RefreshingTokens",
     "pods that hold old credentials are replaced (tokenRefresh.mode: Auto)"},
    {HoldReason::kTokensBlocked,
     "TokensBlocked",
     "pods hold old credentials and cannot be replaced now"},
    {HoldReason::kRefreshFailed,
     "RefreshFailed",
     "more workloads than tokenRefresh.maxFailed did not come back"},
});

/// What a condition says when nothing is held up.
enum class StateReason {
  kUpgraded,
  kUpgradingNodes,
  kNodeBehind,
  kNoObjections,
  kNotUpgraded,
  kNoNodes
};
inline constexpr auto kStateReasons = std::to_array<ReasonRow<StateReason>>({
    {StateReason::kUpgraded, "Upgraded", "every node in scope is at the version"},
    {StateReason::kUpgradingNodes, "UpgradingNodes", "nodes are in progress"},
    {StateReason::kNodeBehind, "NodeBehind", "a node joined at an older version after completion"},
    {StateReason::kNoObjections, "NoObjections", "no blocking findings"},
    {StateReason::kNotUpgraded, "NotUpgraded", "nodes are still to be upgraded"},
    {StateReason::kNoNodes, "NoNodes", "there is no such node"},
});

/// What blocks a drain: status.inProgress[].blockedBy[].reason. The most urgent first: those that
/// need a person come before those that pass by themselves.
enum class BlockReason {
  kForbidden,
  kAdmissionDenied,
  kRefused,
  kRefusedByPolicy,
  kNotSaved,
  kTwoBudgets,
  kServerError,
  kKubeletGone,
  kHeldByFinalizer,
  kStuckTerminating,
  kNamespaceTerminating,
  kDisruptionBudget,
  kBudgetNotYetObserved,
  kVolumeAttached,
  kTerminating,
  kWaitingToFinish,
  kUnknown
};
inline constexpr auto kBlockReasons = std::to_array<ReasonRow<BlockReason>>({
    {BlockReason::kForbidden, "Forbidden", "RBAC or a quota forbids it"},
    {BlockReason::kAdmissionDenied,
     "AdmissionDenied",
     "an admission webhook or policy denies it for now"},
    {BlockReason::kRefused, "Refused", "the API server refuses it as invalid"},
    {BlockReason::kRefusedByPolicy, "RefusedByPolicy", "spec.drain forbids losing the pod"},
    {BlockReason::kNotSaved, "NotSaved", "the pod cannot be saved, and so is not evicted"},
    {BlockReason::kTwoBudgets, "TwoBudgets", "more than one budget selects the pod"},
    {BlockReason::kServerError, "ServerError", "the API server fails again and again"},
    {BlockReason::kKubeletGone, "KubeletGone", "the pod's node is not Ready"},
    {BlockReason::kHeldByFinalizer, "Finalizer", "a finalizer keeps the pod"},
    {BlockReason::kStuckTerminating,
     "StuckTerminating",
     "its grace period is over and it still exists"},
    {BlockReason::kNamespaceTerminating,
     "NamespaceTerminating",
     "the pod's namespace is being deleted"},
    {BlockReason::kDisruptionBudget, "DisruptionBudget", "the budget allows no eviction now"},
    {BlockReason::kBudgetNotYetObserved,
     "BudgetNotYetObserved",
     "the budget's controller has not caught up"},
    {BlockReason::kVolumeAttached, "VolumeAttached", "the volume is not detached yet"},
    {BlockReason::kTerminating, "Terminating", "the pod is in its grace period"},
    {BlockReason::kWaitingToFinish,
     "WaitingToFinish",
     "the pod may still finish (spec.drain.waitForPods)"},
    {BlockReason::kUnknown, "Unknown", "a reason that this release does not know"},
});

/// Why a node is left alone, in the messages of ControlPlaneUpgraded and WorkersUpgraded.
enum class SkipReason {
  kExcluded,
  kVirtualNode,
  kFargateNode,
  kOtherSystem,
  kBeingDeleted,
  kLeavingTaint,
  kNoPool,
  kVersionUnreadable,
  kNewerThanTarget
};
inline constexpr auto kSkipReasons = std::to_array<ReasonRow<SkipReason>>({
    {SkipReason::kExcluded, "Excluded", "label clusterupgrade.io/exclude=true"},
    {SkipReason::kVirtualNode, "VirtualNode", "no kubelet of this cluster stands behind it"},
    {SkipReason::kFargateNode, "FargateNode", "Fargate node"},
    {SkipReason::kOtherSystem, "OtherSystem", "its operating system is not linux"},
    {SkipReason::kBeingDeleted, "BeingDeleted", "being deleted"},
    {SkipReason::kLeavingTaint,
     "LeavingTaint",
     "a taint says that it is being removed or not initialized yet"},
    {SkipReason::kNoPool, "NoPool", "no pool selects it"},
    {SkipReason::kVersionUnreadable, "VersionUnreadable", "its kubelet reports no valid version"},
    {SkipReason::kNewerThanTarget, "NewerThanTarget", "its patch version is newer than the target"},
});

static_assert(IsComplete(kFailureReasons, FailureReason::kUnknown));
static_assert(IsComplete(kPostponeReasons, PostponeReason::kUnknown));
static_assert(IsComplete(kHoldReasons, HoldReason::kRefreshFailed));
static_assert(IsComplete(kStateReasons, StateReason::kNoNodes));
static_assert(IsComplete(kBlockReasons, BlockReason::kUnknown));
static_assert(IsComplete(kSkipReasons, SkipReason::kNewerThanTarget));

/// The name in the status.
std::string NameOf(FailureReason reason);
std::string NameOf(PostponeReason reason);
std::string NameOf(HoldReason reason);
std::string NameOf(StateReason reason);
std::string NameOf(BlockReason reason);
std::string NameOf(SkipReason reason);
std::string NameOf(FindingType type);
std::string NameOf(TokenReason reason);
std::string NameOf(RefreshFailure reason);
std::string NameOf(LaggardReason reason);
std::string NameOf(EventReason reason);

}  // namespace cu::api
