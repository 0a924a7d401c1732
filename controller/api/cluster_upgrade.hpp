#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/meta.hpp"
#include "api/reasons.hpp"
#include "api/token_refresh.hpp"
#include "api/workload.hpp"

/// clusterupgrade.io/v1alpha1 ClusterUpgrade. Meanings and defaults: crds/clusterupgrades.yaml.
namespace cu::api {

enum class ExecutorType { kKubeadm, kK3s, kRke2, kJob, kExternal };
enum class DrainWhen { kAlways, kMinorUpgrade, kNever };
enum class DrainTimeoutPolicy { kFail, kSkip, kDelete };
enum class UnmanagedPods { kEvict, kRefuse, kRecreate };
enum class EmptyDirPods { kEvict, kRefuse };
enum class UnhealthyNodes { kWait, kIgnore };
enum class DaemonSetCheck { kRequire, kWarn };
/// How the version that a kubelet reports is compared with spec.version.
enum class VersionMatch { kExact, kRelease };

/// How the executor Kubeadm changes static pods: executors/kubeadm/README.md.
enum class KubeadmMethod { kAuto, kOneSwap, kPlain };

/// executor.kubeadm, .k3s or .rke2: of the one that executor.type names.
struct BuiltInSpec {
  std::string image;                            ///< "": the one of the controller's flags
  std::string pull_secrets;                     ///< JSON text of imagePullSecrets, or ""
  std::string env;                              ///< JSON text, or ""
  std::string resources;                        ///< JSON text, or ""
  KubeadmMethod method = KubeadmMethod::kAuto;  ///< this and what follows: Kubeadm alone
  std::vector<std::string> ignore_preflight_errors;
  std::string patches_directory;
  bool etcd_snapshot = true;
  bool operator==(const BuiltInSpec&) const = default;
};

struct ExecutorSpec {
  ExecutorType type = ExecutorType::kExternal;
  std::string job_template;             ///< JSON text of executor.job.template, or ""
  std::vector<std::string> job_images;  ///< of the template's containers, as they are written
  BuiltInSpec built_in;
  int timeout_seconds = 1800;
  bool kill_on_timeout = false;
  bool pre_pull = true;  ///< its images are pulled on a node before anything happens to it
  bool operator==(const ExecutorSpec&) const = default;
};

struct PoolSpec {
  std::string name = "workers";
  std::optional<LabelSelector> node_selector;  ///< none: all nodes left
  IntOrPercent max_unavailable{1, false};
  UnhealthyNodes unhealthy_nodes = UnhealthyNodes::kWait;
  bool operator==(const PoolSpec&) const = default;
};

struct WaitForPods {
  AnySelector selector;
  int timeout_seconds = 3600;
  bool operator==(const WaitForPods&) const = default;
};

struct DrainSpec {
  DrainWhen when = DrainWhen::kAlways;
  int timeout_seconds = 3600;  ///< 0 = none
  DrainTimeoutPolicy on_timeout = DrainTimeoutPolicy::kFail;
  std::optional<int> grace_period_seconds;
  UnmanagedPods unmanaged_pods = UnmanagedPods::kEvict;
  EmptyDirPods empty_dir_pods = EmptyDirPods::kEvict;
  std::optional<AnySelector> skip_pods;
  std::optional<WaitForPods> wait_for_pods;
  int volume_detach_timeout_seconds = 300;  ///< 0 = do not wait
  bool exclude_from_load_balancers = true;
  int recovery_timeout_seconds = 600;  ///< 0 = do not wait
  bool prefer_upgraded_nodes = true;
  bool operator==(const DrainSpec&) const = default;
};

struct VerifySpec {
  int timeout_seconds = 600;
  int min_ready_seconds = 10;
  bool new_boot = false;
  DaemonSetCheck daemon_sets = DaemonSetCheck::kRequire;
  /// DaemonSets of other namespaces only warn; none: all are required.
  std::vector<std::string> daemon_set_namespaces;
  bool operator==(const VerifySpec&) const = default;
};

struct FailurePolicy {
  int max_attempts = 2;
  int max_failed_nodes = 0;
  bool operator==(const FailurePolicy&) const = default;
};

struct ClusterUpgradeSpec {
  std::string version;
  VersionMatch version_match = VersionMatch::kExact;
  std::string run_id;
  std::vector<std::string> path;
  bool paused = false;
  ExecutorSpec executor;
  std::optional<LabelSelector> control_plane_selector;
  std::vector<PoolSpec> pools;  ///< empty: one pool "workers" with all other nodes
  DrainSpec drain;
  std::vector<std::string> preflight_ignore;
  VerifySpec verify;
  FailurePolicy failure_policy;
  TokenRefreshSpec token_refresh;
  /// Fingerprint of the whole spec without `paused`, made by the decoder (16 hex digits).
  std::string fingerprint;
  /// What could not be read, as "spec.drain.when: …"; such an object is reported, never acted on.
  std::vector<std::string> problems;
  bool operator==(const ClusterUpgradeSpec&) const = default;
};

enum class NodeStep { kPulling, kCordoning, kDraining, kUpgrading, kVerifying, kUncordoning };
/// What of a node is changed: the static pods of its control plane, its kubelet, or both at a time.
enum class Stage { kControlPlane, kNode, kControlPlaneAndNode };
enum class ConditionStatus { kTrue, kFalse, kUnknown };
enum class ConditionType {
  kReady,
  kReconciling,
  kStalled,
  kPreflightPassed,
  kControlPlaneUpgraded,
  kWorkersUpgraded,
  kTokensFresh
};
/// Kind of the object that blocks a drain.
enum class BlockerKind { kPod, kPodDisruptionBudget, kVolumeAttachment, kPodTemplate };
/// How a run to a version ended; kOpen while it goes on.
enum class RunResult { kOpen, kCompleted, kSuperseded };

struct Condition {
  ConditionType type = ConditionType::kReady;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  base::WallTime last_transition_time;
  bool operator==(const Condition&) const = default;
};

struct BlockedBy {
  BlockerKind kind = BlockerKind::kPod;
  std::string ns;
  std::string name;
  BlockReason reason = BlockReason::kUnknown;
  base::WallTime since;
  bool operator==(const BlockedBy&) const = default;
};

/// A pod that landed on a node after its cordon and is evicted all the same.
struct ReturnedPod {
  std::string controller;  ///< UID
  std::string pod;         ///< UID
  bool operator==(const ReturnedPod&) const = default;
};

struct NodeInWork {
  std::string name;
  std::string uid;
  std::string pool;  ///< "control-plane" for control-plane nodes
  std::string version;
  std::string from_version;
  NodeStep step = NodeStep::kCordoning;
  Stage stage = Stage::kNode;
  /// Who changes the node; none in a status of the first release.
  std::optional<ExecutorType> executor;
  int attempt = 0;        ///< 0 before the first Job
  int attempt_limit = 0;  ///< attempts granted up to this number
  base::WallTime start_time;
  base::WallTime step_time;
  std::optional<base::WallTime> cordon_time;
  std::optional<base::WallTime> retry_time;  ///< the next attempt may not start sooner
  /// Executor External: the version was seen announced; its clock, anew after a pause.
  std::optional<base::WallTime> announced;
  std::string boot_id;  ///< before the first Job, then before each
  std::string job_name;
  std::string job_uid;
  /// A container of an attempt has run: a node that fails from now on stays cordoned.
  bool node_changed = false;
  bool verified = false;     ///< it is released because it passed its verification
  std::string released_for;  ///< Uncordoning: why, for people; the message begins with it
  int evicted = 0;
  int total = 0;
  int claims = 0;  ///< PersistentVolumeClaims of the pods that leave
  /// The drain's clock: from the cordon, or from the end of waitForPods or of a pause.
  std::optional<base::WallTime> drain_start;
  std::optional<base::WallTime> drained;  ///< the last pod was seen gone
  /// creationTimestamp of the newest pod when the drain began, or else the time of the cordon: pods
  /// created later came after the cordon.
  std::optional<base::WallTime> newest_pod;
  std::vector<ReturnedPod> returned;  ///< one for each controller, at most 10
  /// "namespace/name", Ready on the node at its cordon, or before it was changed first.
  std::vector<std::string> daemon_sets;
  /// Mirror pods of a control-plane node, the same.
  std::vector<std::string> static_pods;
  /// Executor External: when the youngest node of its pool was created, as work on this one began.
  std::optional<base::WallTime> newest_node;
  std::string run_id;  ///< spec.runID that it is in work for, or ""
  std::string message;
  std::vector<BlockedBy> blocked_by;  ///< at most 5
  int blocked_by_more = 0;
  /// A Job of that name may exist, or may come to exist.
  bool has_job() const { return !job_name.empty(); }
  bool operator==(const NodeInWork&) const = default;
};

struct PostponedNode {
  std::string name;
  std::string uid;
  PostponeReason reason = PostponeReason::kUnknown;
  base::WallTime time;
  bool operator==(const PostponedNode&) const = default;
};

struct NodeFailure {
  std::string name;
  std::string uid;
  NodeStep step = NodeStep::kCordoning;
  Stage stage = Stage::kNode;
  std::string version;
  int attempts = 0;
  FailureReason reason = FailureReason::kUnknown;
  std::string message;
  base::WallTime time;
  bool node_changed = false;  ///< a Job had started: the node stays cordoned
  bool retried = false;       ///< fresh attempts were granted since: no longer counted as failed
  /// Of a changed node, for whoever verifies it later: NodeInWork's.
  std::string boot_id = {};
  std::vector<std::string> daemon_sets = {};
  std::vector<std::string> static_pods = {};
  bool operator==(const NodeFailure&) const = default;
};

/// A workload of which the upgrade evicted pods, and that has not as many Ready again.
struct RecoveringWorkload {
  Workload workload;
  int ready = 0;                        ///< pods that were Ready before the first eviction
  std::vector<std::string> nodes;       ///< whose drains evicted pods of it
  std::optional<base::WallTime> since;  ///< the last of these drains ended; none before
  bool timed_out = false;               ///< it is no longer waited for
  /// Other pods of it are gone and none is made: it seems to be scaled down. Only its last Ready
  /// pods are waited for.
  bool fewer = false;
  bool operator==(const RecoveringWorkload&) const = default;
};

/// A node whose Node object was deleted while an external tool had it in work: most likely its
/// machine is being replaced.
struct DeletedNode {
  std::string name;
  std::string uid;
  std::string pool;
  std::string version;
  /// When it was seen to be gone; the time to wait begins, anew after a pause.
  base::WallTime time;
  std::optional<base::WallTime> newest_node;  ///< NodeInWork's
  bool overdue = false;                       ///< nothing has taken its place in time: it failed
  std::string replacement;                    ///< the Node that has taken its place, or ""
  std::string replacement_uid;
  /// It counts as a node in work.
  bool awaited() const { return !overdue && replacement_uid.empty(); }
  bool operator==(const DeletedNode&) const = default;
};

/// A run of spec.runID that is not complete.
struct Run {
  std::string id;
  /// When the youngest node of the cluster was created, as it began: nodes that came later are new.
  std::optional<base::WallTime> newest_node;
  bool operator==(const Run&) const = default;
};

struct Hop {
  std::string version;
  bool control_plane = false;
  bool workers = false;
  bool operator==(const Hop&) const = default;
};

struct NodeCounts {
  int total = 0;
  int upgraded = 0;
  int upgrading = 0;
  int failed = 0;
  int pending = 0;
  int postponed = 0;
  int skipped = 0;
  bool operator==(const NodeCounts&) const = default;
};

struct HistoryEntry {
  std::string version;
  base::WallTime start_time;
  std::optional<base::WallTime> completion_time;
  RunResult result = RunResult::kOpen;
  std::string run_id = {};
  int skipped = 0;             ///< nodes left alone when it was completed
  int api_outage_seconds = 0;  ///< the sum of the outages of the API while nodes were in work
  bool operator==(const HistoryEntry&) const = default;
};

/// Something that a person ought to know, as status.findings and, as one line, status.warnings.
struct Warning {
  FindingType type = FindingType::kUnknown;
  std::string object;  ///< "namespace/name", or the name of a cluster-scoped object
  std::string message;
  bool operator==(const Warning&) const = default;
};
/// A finding of preflight as "TwoBudgets shop/web-1: …", another one as its message.
std::string LineOf(const Warning& warning);

/// A pod that was saved, or is about to be: what may be created again.
struct SavedDigest {
  std::string uid;     ///< of the pod
  std::string digest;  ///< DigestOf it
  bool operator==(const SavedDigest&) const = default;
};

struct ClusterUpgradeStatus {
  std::int64_t observed_generation = -1;
  std::vector<Condition> conditions;
  NodeCounts nodes;
  std::string progress;  ///< "3/6"
  std::vector<Hop> hops;
  std::string current_hop;  ///< its version
  std::vector<NodeInWork> in_progress;
  std::vector<PostponedNode> postponed;
  std::vector<NodeFailure> failures;
  std::vector<RecoveringWorkload> recovering;  ///< sorted by workload; at most 500
  std::vector<DeletedNode> deleted_nodes;      ///< at most 100
  /// Pods that were saved, or are about to be, and do not run again yet (unmanagedPods: Recreate).
  int saved_pods = 0;
  /// Of these pods; more than one of a pod that changed before its PodTemplate was seen. At most
  /// 200.
  std::vector<SavedDigest> saved_digests;
  /// Nodes may carry our taint api::kOutdated.
  bool outdated_tainted = false;
  std::vector<Warning> warnings;  ///< at most 20
  int warnings_total = 0;
  std::optional<base::WallTime> start_time;
  std::optional<base::WallTime> completion_time;
  std::vector<HistoryEntry> history;  ///< at most 5, newest first
  int control_plane_gap_seconds = 0;
  /// Since when the upgrade has been paused; none while it is not.
  std::optional<base::WallTime> paused_time;
  std::int64_t epoch = 0;
  std::string last_handled_retry;
  std::optional<Run> run;
  std::string run_id;     ///< spec.runID of the last run that was completed
  std::string spec_hash;  ///< ClusterUpgradeSpec::fingerprint last acted on
  /// None with mode Disabled.
  std::optional<TokenRefreshStatus> token_refresh;
  bool operator==(const ClusterUpgradeStatus&) const = default;
};

struct ClusterUpgrade {
  Metadata meta;  ///< annotations kept: clusterupgrade.io/retry
  ClusterUpgradeSpec spec;
  ClusterUpgradeStatus status;
  bool operator==(const ClusterUpgrade&) const = default;
};

}  // namespace cu::api
