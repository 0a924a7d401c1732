#pragma once
#include <cstddef>
#include <string>

#include "planner/model/planning.hpp"

/// The steps of one node in work. Private to planner/.
namespace cu::planner {

/// status.inProgress holds no more (crds/: maxItems).
inline constexpr std::size_t kInWorkMax = 50;

enum class Outcome { kInWork, kLeavesWork };

/// One look at a node in work: moves it on, says what it waits for, adds the acts that its step
/// wants. Pre: the node exists and has the entry's UID.
Outcome Advance(Planning& planning, api::NodeInWork& entry);

/// From Cordoning. Pre: `pods` are all that the node has.
void BeginDraining(Planning& planning,
                   api::NodeInWork& entry,
                   const api::ObjectMap<api::Pod>& pods);
Outcome AdvanceDraining(Planning& planning, api::NodeInWork& entry, const api::Node& node);
Outcome AdvanceUpgrading(Planning& planning, api::NodeInWork& entry, const api::Node& node);
Outcome AdvanceVerifying(Planning& planning, api::NodeInWork& entry, const api::Node& node);

/// What ends the work on a node that was not changed yet. True when it did.
bool StopsEarly(Planning& planning, api::NodeInWork& entry, const api::Node& node);
CordonNode Cordon(const Planning& planning, const api::NodeInWork& entry);

/// First entry of a node: Cordoning, its attempts counted on from a failure that was given fresh
/// ones.
api::NodeInWork StartWork(const Planning& planning, const ScopedNode& scoped);
/// Whether a failed node that is Ready at the target has overcome what it failed for, as far as can
/// be seen before it is verified anew: one that would only fail again is left alone. Looks at its
/// pods where they decide.
bool Overcome(Planning& planning, const api::NodeFailure& failure, const api::Node& node);
/// A failed node that a person repaired: straight to Verifying, with what is known from before its
/// first attempt.
api::NodeInWork StartVerifying(const Planning& planning, const api::NodeFailure& failure);

void MoveTo(Planning& planning, api::NodeInWork& entry, api::NodeStep step);
/// To Upgrading, attempt counted up past every Job that is known, a Job name made where Jobs do the
/// work: a Job of that name that appears is this attempt's.
void MoveToUpgrading(Planning& planning, api::NodeInWork& entry);
/// Released without having been changed; it will be pending again.
void GiveBack(Planning& planning, api::NodeInWork& entry, const std::string& why);
/// Records the failure. A node that was changed stays cordoned, another is given back.
struct FailureCause {
  api::FailureReason reason = api::FailureReason::kUnknown;
  std::string message;
  bool node_changed = false;
};
Outcome Fail(Planning& planning, api::NodeInWork& entry, const FailureCause& cause);
/// One attempt is over: the next one after a back-off, or the node has failed.
Outcome FailAttempt(Planning& planning, api::NodeInWork& entry, const FailureCause& cause);

/// "cu-" + up to 40 characters of the node's name + "-" + 12 hex digits over (object UID, node UID,
/// version, stage, attempt).
std::string JobName(const Planning& planning, const api::NodeInWork& entry);
/// The Job `entry.job_name` of the entry's attempt.
CreateJob JobOf(const Planning& planning, const api::NodeInWork& entry);
/// An upgrade Job on `node` other than `own_job` that is not over (of an earlier object, or of an
/// earlier attempt), or null.
const api::Job* UnfinishedJobBeside(const api::ObjectMap<api::Job>& jobs,
                                    const std::string& node,
                                    const std::string& own_job);
/// A pod of an upgrade Job on this node that is neither gone nor terminal, or null.
const api::Pod* LiveJobPod(const Planning& planning, const api::ObjectMap<api::Pod>& pods);

/// Whether it is uncordoned though our cordon was seen on it: a human's word.
bool UncordonedByHuman(const Planning& planning, const api::Node& node);
/// Given back, and not pending until a person asks for it, or, after kDrainTimeout, until nothing
/// else is. A failure where status.postponed is full.
void Postpone(Planning& planning, api::NodeInWork& entry, api::PostponeReason reason);

}  // namespace cu::planner
