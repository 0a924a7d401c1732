#include "planner/nodes/node_steps.hpp"

#include <algorithm>

#include "api/marks.hpp"
#include "base/time.hpp"
#include "planner/nodes/release.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;

constexpr int kConflictsMax = 3;
/// By then a Job that was sent to the server has come or will not.
constexpr auto kCreateSettled = std::chrono::seconds(30);

void Await(api::NodeInWork& entry, const std::string& what) {
  entry.message = entry.released_for + "; " + what;
}

bool Excluded(const Planning& planning, const api::NodeInWork& entry) {
  const ScopedNode* scoped = planning.scope().Find(entry.name);
  return scoped == nullptr || scoped->skip;
}

/// Whether the map has another value than ours under the key: a user's, which stays.
bool HasAnother(const api::StringMap& map, std::string_view key, std::string_view ours) {
  const auto found = map.find(std::string(key));
  return found != map.end() && found->second != ours;
}

/// The optional marks are there, or the server had its last word on them.
bool OptionalMarksSettled(Planning& planning, const api::NodeInWork& entry, const api::Node& node) {
  const bool exclude = planning.spec().drain.exclude_from_load_balancers;
  const api::StringMap& labels = node.meta.labels;
  const api::StringMap& annotations = node.meta.annotations;
  const bool shown = (!exclude || labels.contains(std::string(api::kExcludeFromLoadBalancers))) &&
                     annotations.contains(std::string(api::kScaleDownDisabled)) &&
                     annotations.contains(std::string(api::kDoNotDisrupt));
  if (shown) {
    return true;
  }
  MarkNode mark{entry.name, entry.uid};
  mark.exclude_from_load_balancers =
      exclude &&
      !HasAnother(labels, api::kExcludeFromLoadBalancers, api::kExcludeFromLoadBalancersValue);
  mark.disable_scale_down =
      !HasAnother(annotations, api::kScaleDownDisabled, api::kScaleDownDisabledValue);
  mark.do_not_disrupt = !HasAnother(annotations, api::kDoNotDisrupt, api::kDoNotDisruptValue);
  const Act act = mark;
  const Answer* answer = planning.AnswerTo(act);
  planning.Want(act);
  if (answer == nullptr) {
    return false;
  }
  switch (answer->verdict) {
    case Verdict::kUnknown:
    case Verdict::kOverload:
      return false;
    case Verdict::kConflict:
      // A value that was not seen yet is left out next time; one that nobody shows has no end.
      return answer->attempts >= kConflictsMax;
    case Verdict::kAccepted:
    case Verdict::kNoBudget:
    case Verdict::kBudgetStale:
    case Verdict::kTwoBudgets:
    case Verdict::kTerminating:
    case Verdict::kGone:
    case Verdict::kExists:
    case Verdict::kInvalid:
    case Verdict::kForbidden:
      return true;
  }
  return true;
}

/// What the server has against our finalizer, without which nothing is cordoned, or null.
const Answer* FinalizerRefusal(const Planning& planning) {
  const api::Metadata& meta = planning.upgrade().meta;
  const Answer* answer = planning.AnswerTo(SetFinalizer{meta.name, meta.uid, {}});
  const bool has =
      std::find(meta.finalizers.begin(), meta.finalizers.end(), std::string(api::kFinalizer)) !=
      meta.finalizers.end();
  return has || answer == nullptr || answer->message.empty() ? nullptr : answer;
}

Outcome AdvanceCordoning(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (StopsEarly(planning, entry, node)) {
    return Outcome::kInWork;
  }
  if (planning.paused()) {
    entry.message = "paused";
    return Outcome::kInWork;
  }
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  if (!planning.Marked(node) || pods == nullptr) {
    entry.message = "waiting for the cordon";
    if (const Answer* answer = FinalizerRefusal(planning)) {
      entry.message = "the finalizer " + std::string(api::kFinalizer) +
                      " cannot be put on the ClusterUpgrade: " + answer->message;
    }
    if (!planning.Marked(node)) {
      Act act = Cordon(planning, entry);
      if (const Answer* answer = planning.AnswerTo(act); answer && !answer->message.empty()) {
        entry.message = "the cordon was refused: " + answer->message;
      }
      planning.Want(std::move(act));
    }
    return Outcome::kInWork;
  }
  if (!OptionalMarksSettled(planning, entry, node)) {
    return Outcome::kInWork;
  }
  entry.cordon_time = planning.now();
  entry.daemon_sets = ReadyDaemonSets(*pods, entry.daemon_sets);
  if (NeedsDrain(planning.spec().drain, entry.from_version, entry.version)) {
    BeginDraining(planning, entry, *pods);
  } else {
    MoveToUpgrading(planning, entry);
  }
  return Outcome::kInWork;
}

bool Accepted(const Planning& planning, const Act& act) {
  const Answer* answer = planning.AnswerTo(act);
  return answer != nullptr && answer->verdict == Verdict::kAccepted;
}

/// The failure that this very attempt has ended in, or null. A repaired node has no attempt.
const api::NodeFailure* FailureOfAttempt(const Planning& planning, const api::NodeInWork& entry) {
  const api::NodeFailure* failure = planning.FailureOf(entry.name);
  const bool same = failure != nullptr && !entry.job_name.empty() &&
                    failure->attempts == entry.attempt && failure->version == entry.version;
  return same ? failure : nullptr;
}

/// A deletion does not wait for a Job past its deadline, nor for anything else longer than that.
bool MayWaitNoLonger(Planning& planning, const api::NodeInWork& entry) {
  if (!planning.deleted()) {
    return false;
  }
  const api::NodeFailure* failure =
      entry.job_name.empty() ? planning.FailureOf(entry.name) : FailureOfAttempt(planning, entry);
  const std::chrono::seconds bound(planning.spec().executor.timeout_seconds);
  return (failure != nullptr && failure->reason == api::FailureReason::kJobOverdue) ||
         planning.Passed(entry.step_time + bound);
}

/// The Job of an attempt that was given back may still be on its way to the server.
bool JobMayAppear(Planning& planning, api::NodeInWork& entry) {
  if (entry.job_name.empty() || !entry.job_uid.empty()) {
    return false;
  }
  const base::WallTime settled = entry.step_time + kCreateSettled;
  if (planning.Passed(settled)) {
    return false;
  }
  Await(entry, "Job " + entry.job_name + " may still appear, until " + base::FormatTime(settled));
  return true;
}

/// True once nothing of ours is left of a Job that must not go on beside the release.
bool JobIsOver(Planning& planning, api::NodeInWork& entry) {
  if (MayWaitNoLonger(planning, entry)) {
    return true;
  }
  if (JobMayAppear(planning, entry)) {
    return false;
  }
  const api::NodeFailure* failure = FailureOfAttempt(planning, entry);
  const api::Job* job = entry.job_name.empty() ? nullptr : planning.FindJob(entry.job_name);
  if (job != nullptr && failure != nullptr &&
      failure->reason == api::FailureReason::kJobNeverStarted) {
    planning.Want(DeleteJob{entry.job_name, job->meta.uid});
    Await(entry, "waiting for Job " + entry.job_name + " to be deleted");
    return false;
  }
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  const api::Pod* live = pods == nullptr ? nullptr : LiveJobPod(planning, *pods);
  if (live != nullptr) {
    Await(entry, "waiting for pod " + live->meta.Key() + " of the upgrade Job to end");
  }
  return pods != nullptr && live == nullptr;
}

Outcome AdvanceUncordoning(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (entry.job_uid.empty() && !entry.job_name.empty() &&
      planning.FindJob(entry.job_name) != nullptr) {
    MoveTo(planning, entry, NodeStep::kUpgrading);  // its Job was created after all: seen through
    return Outcome::kInWork;
  }
  entry.message = entry.released_for;
  if (!JobIsOver(planning, entry)) {
    return Outcome::kInWork;
  }
  const api::NodeFailure* failure = FailureOfAttempt(planning, entry);
  if (failure != nullptr && failure->node_changed && !planning.deleted()) {
    return Outcome::kLeavesWork;  // it stays cordoned
  }
  std::vector<Act> acts = ActsOfRelease(node, *planning.world().answers);
  const Act last = acts.back();
  const bool unmarked = !std::holds_alternative<MarkNode>(last);
  if (unmarked && !planning.Marked(node) && (!node.unschedulable || Accepted(planning, last))) {
    return Outcome::kLeavesWork;
  }
  if (const Answer* answer = planning.AnswerTo(last);
      answer != nullptr && answer->verdict == Verdict::kForbidden) {
    Await(entry, "the release was refused: " + answer->message);
  }
  for (Act& act : acts) {
    planning.Want(std::move(act));
  }
  return Outcome::kInWork;
}

}  // namespace

bool StopsEarly(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  if (UncordonedByHuman(planning, node)) {
    Postpone(planning, entry, api::PostponeReason::kUncordonedByUser);
    return true;
  }
  if (planning.deleted()) {
    GiveBack(planning, entry, "the ClusterUpgrade is being deleted");
    return true;
  }
  if (planning.halt()) {
    GiveBack(planning, entry, NameOf(planning.halt()->reason));
    return true;
  }
  if (Excluded(planning, entry)) {
    GiveBack(planning, entry, planning.scope().Find(entry.name)->skip->text);
    return true;
  }
  if (node.kubelet_version == planning.spec().version) {
    GiveBack(planning, entry, "it is at " + planning.spec().version + " already");
    return true;
  }
  entry.version = planning.spec().version;
  return false;
}

Outcome Advance(Planning& planning, api::NodeInWork& entry) {
  const api::Node& node = *planning.FindNode(entry.name);
  planning.Watch(WatchKind::kPodsOnNode, entry.name);
  switch (entry.step) {
    case NodeStep::kCordoning:
      return AdvanceCordoning(planning, entry, node);
    case NodeStep::kDraining:
      return AdvanceDraining(planning, entry, node);
    case NodeStep::kUpgrading:
      return AdvanceUpgrading(planning, entry, node);
    case NodeStep::kVerifying:
      return AdvanceVerifying(planning, entry, node);
    case NodeStep::kUncordoning:
      return AdvanceUncordoning(planning, entry, node);
  }
  return Outcome::kInWork;
}

CordonNode Cordon(const Planning& planning, const api::NodeInWork& entry) {
  return {entry.name, entry.uid, planning.Mark(), ""};
}

bool UncordonedByHuman(const Planning& planning, const api::Node& node) {
  return planning.Marked(node) && !node.unschedulable;
}

}  // namespace cu::planner
