#pragma once
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/requests.hpp"
#include "api/workload.hpp"
#include "base/time.hpp"

/// What a plan may want done, as data. Every action is idempotent: by name, by UID or by version.
namespace cu::planner {

/// Server-side apply of the node's whole wanted set of fields under our field manager, with
/// metadata.uid (apply on a missing node would create a ghost). Also renews: it replaces what was
/// applied before.
struct CordonNode {
  std::string node;
  std::string uid;
  std::string cordoned_by;      ///< MarkOf the object; "" keeps the cordon alone
  std::string desired_version;  ///< annotation for executor External, or ""
  bool dry_run = false;         ///< the server judges only
};
/// Apply of nothing: our fields go away, a human's cordon stays. With metadata.uid and
/// resourceVersion.
struct ReleaseNode {
  std::string node;
  std::string uid;
  std::string resource_version;
};
/// The hints for load balancers and autoscalers under their own field manager: those that are true
/// are set, ours that are false go. None: all are released.
struct SetNodeHints {
  std::string node;
  std::string uid;
  bool exclude_from_load_balancers = false;
  bool disable_scale_down = false;
  bool do_not_disrupt = false;
  bool sets() const { return exclude_from_load_balancers || disable_scale_down || do_not_disrupt; }
};
/// JSON Patch of spec.taints with the resourceVersion of the copy planned on: the list is atomic,
/// and others write to it as well.
struct SetOutdatedTaint {
  std::string node;
  std::string uid;
  std::string resource_version;
  std::string owner;  ///< UID of the ClusterUpgrade, the taint's value
  /// Its place among the node's taints: it is removed. None: it is added.
  std::optional<std::size_t> at;
  bool alone = false;  ///< to be added: the node has no other taint
};

/// The annotation clusterupgrade.io/run-id under a field manager of its own, so that neither a
/// cordon nor a release takes it away.
struct MarkRun {
  std::string node;
  std::string uid;
  std::string run_id;
};
/// A budget as it was seen.
struct BudgetRef {
  std::string key;  ///< "namespace/name"
  std::string resource_version;
  bool room = false;  ///< it allows a disruption
  bool operator==(const BudgetRef&) const = default;
};
/// What the answer to an eviction depends on, as far as it is seen.
struct EvictionFacts {
  std::vector<BudgetRef> budgets;  ///< those that select the pod
  bool ready = true;               ///< of the pod
  bool operator==(const EvictionFacts&) const = default;
};
/// POST pods/eviction with a UID precondition. `facts`: as they were when this was planned; the
/// caller copies them into the ActionResult.
struct EvictPod {
  std::string ns;
  std::string name;
  std::string uid;
  std::optional<int> grace_seconds;
  EvictionFacts facts;
};
/// With a UID precondition, past every budget, with the pod's own grace.
struct DeletePod {
  std::string ns;
  std::string name;
  std::string uid;
};
/// POST of a PodTemplate that keeps a pod; AlreadyExists means that it is kept.
struct SavePodTemplate {
  api::PodToSave pod;
};
/// POST of the pod that was saved, marked with the UID of the one before. AlreadyExists: somebody
/// has made a pod of that name.
struct RecreatePod {
  std::string ns;
  std::string name;
  std::string old_uid;
  std::string manifest;
  std::string digest;  ///< api::SavedPod::digest
};
/// DELETE of the PodTemplate with a UID precondition.
struct DeletePodTemplate {
  std::string ns;
  std::string name;
  std::string uid;
};
/// What kubectl rollout restart does: the template's annotation kubectl.kubernetes.io/restartedAt,
/// with metadata.uid and resourceVersion.
struct RestartWorkload {
  api::Workload workload;
  std::string uid;
  std::string resource_version;
  base::WallTime at;
};
/// A SelfSubjectAccessReview in all namespaces: kAccepted if allowed, kForbidden if not. Changes
/// nothing.
struct CheckAccess {
  std::string verb;
  std::string resource;  ///< of the core group
};
/// POST of the upgrade Job; AlreadyExists means that it is there. `dry_run`: the server judges
/// only.
struct CreateJob {
  api::JobRequest job;
  bool dry_run = false;
};
/// A dry run of the POST of the pod that the Job controller makes of `job`: quotas, LimitRanges,
/// Pod Security and policies judge pods, not Jobs.
struct RehearsePod {
  api::JobRequest job;
  std::string job_uid;  ///< "" of a Job that does not exist
};
/// With propagationPolicy=Background and a UID precondition.
struct DeleteJob {
  std::string name;
  std::string uid;
};
/// ttlSecondsAfterFinished, once the verdict is in the status.
struct ExpireJob {
  std::string name;
  std::string uid;
  int ttl_seconds = 3600;
};
/// Sets or removes our finalizer by JSON Patch with the resourceVersion of the copy planned on.
struct SetFinalizer {
  std::string upgrade;
  std::string uid;
  std::vector<std::string> wanted;  ///< the whole list
};

using Action = std::variant<CordonNode,
                            ReleaseNode,
                            SetNodeHints,
                            SetOutdatedTaint,
                            MarkRun,
                            EvictPod,
                            DeletePod,
                            SavePodTemplate,
                            RecreatePod,
                            DeletePodTemplate,
                            RestartWorkload,
                            CheckAccess,
                            CreateJob,
                            RehearsePod,
                            DeleteJob,
                            ExpireJob,
                            SetFinalizer>;

/// kAnnounce is CordonNode with a desired version, kKeepCordon one without `cordoned_by`.
enum class ActionKind {
  kCordon,
  kAnnounce,
  kKeepCordon,
  kDryRunCordon,
  kRelease,
  kSetHints,
  kClearHints,
  kTaint,
  kUntaint,
  kMarkRun,
  kEvict,
  kDeletePod,
  kSavePodTemplate,
  kRecreatePod,
  kDeletePodTemplate,
  kRestart,
  kCheckAccess,
  kCreateJob,
  kDryRunJob,
  kDryRunPod,
  kDeleteJob,
  kExpireJob,
  kSetFinalizer
};

/// "Evict", for the log.
std::string NameOf(ActionKind kind);

enum class ObjectKind { kNode, kPod, kPodTemplate, kWorkload, kJob, kUpgrade, kAccess };

/// What an action is done to. Two actions on one object are never in flight together.
struct ObjectRef {
  ObjectKind kind = ObjectKind::kNode;
  /// "name" or "namespace/name"; of kAccess "verb resource", of kWorkload "kind namespace/name".
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
};
/// "pod/shop/web-1", for the log.
std::string NameOf(const ObjectRef& object);

struct ActionKey {
  ObjectRef object;
  std::string uid;  ///< of the object, or "" where it does not exist yet
  ActionKind kind = ActionKind::kCordon;
  auto operator<=>(const ActionKey&) const = default;
};

ActionKey KeyOf(const Action& action);

/// What the server's last answer to a wanted action means, by what the planner does next:
/// kAccepted     done; the watch will show it
/// kNoBudget     429 with cause DisruptionBudget, no Retry-After: wait for the budget
/// kBudgetStale  429 with Retry-After: the budget's controller lags
/// kOverload     429 or 5xx of an overloaded server
/// kTwoBudgets   500: more than one budget selects the pod
/// kTerminating  403: the namespace is being deleted
/// kGone         404, or 409 with another UID: the object is not the one we meant
/// kConflict     409: our copy was old, or another field manager holds the field
/// kExists       409 AlreadyExists
/// kInvalid      400, 422: the server will never take it
/// kForbidden    403: RBAC, quota
/// kDenied       an admission webhook or a ValidatingAdmissionPolicy says no, with whatever code
/// kUnjudged     to a dry run: it cannot be asked so, because of a webhook or for want of the right
/// kUnknown      no answer, or one that does not fit: may have been applied
enum class Outcome {
  kAccepted,
  kNoBudget,
  kBudgetStale,
  kOverload,
  kTwoBudgets,
  kTerminating,
  kGone,
  kConflict,
  kExists,
  kInvalid,
  kForbidden,
  kDenied,
  kUnjudged,
  kUnknown
};

/// The jitter is drawn when the answer comes, so that planning only compares times.
struct ActionResult {
  Outcome outcome = Outcome::kUnknown;
  int attempts = 1;             ///< consecutive answers with the same outcome
  base::SteadyTime not_before;  ///< the same action is not sent again sooner
  base::WallTime since;         ///< of the first of these `attempts`
  std::string message;          ///< the server's, bounded to 1,000 characters
  bool told_to_wait = false;    ///< the answer had a Retry-After
  EvictionFacts facts = {};     ///< EvictPod::facts of the request answered
};

/// Plain memory: lost in a restart, which costs one early try. Erased once no plan lists the key.
using ActionResults = std::map<ActionKey, ActionResult>;

/// The last answer to `action`, or null.
const ActionResult* ResultOf(const ActionResults& results, const Action& action);
/// The server said nothing of the act itself: no answer, or one that only puts it off.
bool SaysNothing(Outcome outcome);
/// Whether the server will not have it until somebody changes something else.
bool IsRefused(const ActionResult* result);
/// The answer was given of other budgets or another state of the pod, and would be another one
/// `now`, as far as that can be seen: it is worth neither waiting for nor showing.
bool IsOutdated(const ActionResult& result, const EvictionFacts& now);

}  // namespace cu::planner
