#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"

/// What a plan may want done, as data. Every act is idempotent: by name, by UID or by version.
namespace cu::planner {

/// Server-side apply of the node's whole wanted set of marks under our field manager, with
/// metadata.uid (apply on a missing node would create a ghost). Also renews: it replaces what was
/// applied before.
struct CordonNode {
  std::string node;
  std::string uid;
  std::string cordoned_by;      ///< "<object name>/<object uid>"; "" keeps the cordon alone
  std::string desired_version;  ///< annotation for executor External, or ""
};
/// Apply of nothing: our fields go away, a human's cordon stays. With metadata.uid and
/// resourceVersion.
struct ReleaseNode {
  std::string node;
  std::string uid;
  std::string resource_version;
};
/// The optional marks (load balancers, autoscalers) under their own field manager: those that are
/// true are set, ours that are false go. None: all are released.
struct MarkNode {
  std::string node;
  std::string uid;
  bool exclude_from_load_balancers = false;
  bool disable_scale_down = false;
  bool do_not_disrupt = false;
  bool sets() const { return exclude_from_load_balancers || disable_scale_down || do_not_disrupt; }
};
/// POST pods/eviction with a UID precondition. `budget` names what the pod's budgets looked like
/// when this was planned ("namespace/name@resourceVersion", joined by commas); the caller copies it
/// into the Answer.
struct EvictPod {
  std::string ns;
  std::string name;
  std::string uid;
  std::optional<int> grace_seconds;
  std::string budget;
};
/// With a UID precondition, past every budget, with the pod's own grace.
struct DeletePod {
  std::string ns;
  std::string name;
  std::string uid;
};
/// POST of a PodTemplate `name` that keeps a pod; AlreadyExists means that it is kept.
struct SavePod {
  std::string ns;
  std::string name;
  std::string pod;
  std::string pod_uid;
  std::string node;
  std::string upgrade;
  std::string upgrade_uid;
  std::string manifest;  ///< api::WholePod::manifest
};
/// POST of the pod that was saved, marked with the UID of the one before. AlreadyExists: somebody
/// has made a pod of that name.
struct RecreatePod {
  std::string ns;
  std::string name;
  std::string old_uid;
  std::string manifest;
};
/// DELETE of the PodTemplate with a UID precondition.
struct ForgetPod {
  std::string ns;
  std::string name;
  std::string uid;
};
/// A SelfSubjectAccessReview in all namespaces: kAccepted if allowed, kForbidden if not. Changes
/// nothing.
struct AskRight {
  std::string verb;
  std::string resource;  ///< of the core group
};
/// POST of the upgrade Job; AlreadyExists means that it is there. `dry_run`: the server judges
/// only.
struct CreateJob {
  std::string name;
  std::string node;
  std::string node_uid;
  std::string upgrade;  ///< name of the object
  std::string upgrade_uid;
  std::string version;
  api::Stage stage = api::Stage::kNode;
  int attempt = 1;
  std::string pod_template;  ///< JSON text
  std::optional<int> active_deadline_seconds;
  bool dry_run = false;
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

using Act = std::variant<CordonNode,
                         ReleaseNode,
                         MarkNode,
                         EvictPod,
                         DeletePod,
                         SavePod,
                         RecreatePod,
                         ForgetPod,
                         AskRight,
                         CreateJob,
                         DeleteJob,
                         ExpireJob,
                         SetFinalizer>;

/// kAnnounce is CordonNode with a desired version, kKeepCordon one without `cordoned_by`.
enum class Verb {
  kCordon,
  kAnnounce,
  kKeepCordon,
  kRelease,
  kMark,
  kUnmark,
  kEvict,
  kDeletePod,
  kSavePod,
  kRecreatePod,
  kForgetPod,
  kAskRight,
  kCreateJob,
  kDryRunJob,
  kDeleteJob,
  kExpireJob,
  kSetFinalizer
};

/// Two acts on one `object` are never in flight together.
struct ActionKey {
  /// "node/<name>", "pod/<ns>/<name>", "podtemplate/<ns>/<name>", "job/<name>", "upgrade/<name>",
  /// "right/<verb> <resource>".
  std::string object;
  std::string uid;  ///< of the object, or "" where it does not exist yet
  Verb verb = Verb::kCordon;
  auto operator<=>(const ActionKey&) const = default;
};

ActionKey KeyOf(const Act& act);

/// The server's last word on a wanted act, by what the planner does next:
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
/// kForbidden    403: RBAC, quota, admission
/// kUnknown      no answer, or one that does not fit: may have been applied
enum class Verdict {
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
  kUnknown
};

/// The jitter is drawn when the answer comes, so that planning only compares times.
struct Answer {
  Verdict verdict = Verdict::kUnknown;
  int attempts = 1;             ///< consecutive answers with the same verdict
  base::SteadyTime not_before;  ///< the same act is not sent again sooner
  base::WallTime since;         ///< of the first of these `attempts`
  std::string message;          ///< the server's, bounded to 1,000 characters
  std::string budget;           ///< EvictPod::budget of the request answered
};

/// Plain memory: lost in a restart, which costs one early try. Erased once no plan lists the key.
using Answers = std::map<ActionKey, Answer>;

/// The last word on `act`, or null.
const Answer* AnswerTo(const Answers& answers, const Act& act);
/// Whether the server will not have it until somebody changes something else.
bool Refused(const Answer* answer);

}  // namespace cu::planner
