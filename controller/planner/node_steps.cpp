#include "planner/node_steps.hpp"

#include <algorithm>

#include "api/marks.hpp"
#include "base/time.hpp"
#include "planner/drain.hpp"
#include "planner/release.hpp"
#include "planner/text.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;

constexpr int kConflictsMax = 3;
/// By then a Job that was sent to the server has come or will not.
constexpr auto kCreateSettled = std::chrono::seconds(30);

/// What it was released for stays in front.
void Await(api::NodeInWork& entry, const std::string& what) {
  entry.message = entry.message.substr(0, entry.message.find("; ")) + "; " + what;
}

bool Excluded(const Draft& draft, const api::NodeInWork& entry) {
  const ScopedNode* scoped = draft.scope().Find(entry.name);
  return scoped == nullptr || !scoped->skipped.empty();
}

/// Whether the map has another value than ours under the key: a user's, which stays.
bool HasAnother(const api::StringMap& map, std::string_view key, std::string_view ours) {
  const auto found = map.find(std::string(key));
  return found != map.end() && found->second != ours;
}

/// The optional marks are there, or the server had its last word on them.
bool OptionalMarksSettled(Draft& draft, const api::NodeInWork& entry, const api::Node& node) {
  const bool exclude = draft.spec().drain.exclude_from_load_balancers;
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
  const Answer* answer = draft.AnswerTo(act);
  draft.Want(act);
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
const Answer* FinalizerRefusal(const Draft& draft) {
  const api::Metadata& meta = draft.upgrade().meta;
  const Answer* answer = draft.AnswerTo(SetFinalizer{meta.name, meta.uid, {}});
  const bool has =
      std::find(meta.finalizers.begin(), meta.finalizers.end(), std::string(api::kFinalizer)) !=
      meta.finalizers.end();
  return has || answer == nullptr || answer->message.empty() ? nullptr : answer;
}

Outcome AdvanceCordoning(Draft& draft, api::NodeInWork& entry, const api::Node& node) {
  if (StopsEarly(draft, entry, node)) {
    return Outcome::kInWork;
  }
  if (draft.paused()) {
    entry.message = "paused";
    return Outcome::kInWork;
  }
  const api::ObjectMap<api::Pod>* pods = draft.PodsOf(entry.name);
  if (!draft.Marked(node) || pods == nullptr) {
    entry.message = "waiting for the cordon";
    if (const Answer* answer = FinalizerRefusal(draft)) {
      entry.message = "the finalizer " + std::string(api::kFinalizer) +
                      " cannot be put on the ClusterUpgrade: " + answer->message;
    }
    if (!draft.Marked(node)) {
      Act act = Cordon(draft, entry);
      if (const Answer* answer = draft.AnswerTo(act); answer && !answer->message.empty()) {
        entry.message = "the cordon was refused: " + answer->message;
      }
      draft.Want(std::move(act));
    }
    return Outcome::kInWork;
  }
  if (!OptionalMarksSettled(draft, entry, node)) {
    return Outcome::kInWork;
  }
  entry.cordon_time = draft.now();
  entry.daemon_sets = ReadyDaemonSets(*pods, entry.daemon_sets);
  if (NeedsDrain(draft.spec().drain, entry.from_version, entry.version)) {
    BeginDraining(draft, entry, *pods);
  } else {
    MoveToUpgrading(draft, entry);
  }
  return Outcome::kInWork;
}

bool Accepted(const Draft& draft, const Act& act) {
  const Answer* answer = draft.AnswerTo(act);
  return answer != nullptr && answer->verdict == Verdict::kAccepted;
}

/// The failure that this very attempt has ended in, or null. A repaired node has no attempt.
const api::NodeFailure* FailureOfAttempt(const Draft& draft, const api::NodeInWork& entry) {
  const api::NodeFailure* failure = draft.FailureOf(entry.name);
  const bool same = failure != nullptr && !entry.job_name.empty() &&
                    failure->attempts == entry.attempt && failure->version == entry.version;
  return same ? failure : nullptr;
}

/// A deletion does not wait for a Job past its deadline, nor for anything else longer than that.
bool MayWaitNoLonger(Draft& draft, const api::NodeInWork& entry) {
  if (!draft.deleted()) {
    return false;
  }
  const api::NodeFailure* failure =
      entry.job_name.empty() ? draft.FailureOf(entry.name) : FailureOfAttempt(draft, entry);
  const std::chrono::seconds bound(draft.spec().executor.timeout_seconds);
  return (failure != nullptr && failure->reason == "JobOverdue") ||
         draft.Passed(entry.step_time + bound);
}

/// The Job of an attempt that was given back may still be on its way to the server.
bool JobMayAppear(Draft& draft, api::NodeInWork& entry) {
  if (entry.job_name.empty() || !entry.job_uid.empty()) {
    return false;
  }
  const base::WallTime settled = entry.step_time + kCreateSettled;
  if (draft.Passed(settled)) {
    return false;
  }
  Await(entry, "Job " + entry.job_name + " may still appear, until " + base::FormatTime(settled));
  return true;
}

/// True once nothing of ours is left of a Job that must not go on beside the release.
bool JobIsOver(Draft& draft, api::NodeInWork& entry) {
  if (MayWaitNoLonger(draft, entry)) {
    return true;
  }
  if (JobMayAppear(draft, entry)) {
    return false;
  }
  const api::NodeFailure* failure = FailureOfAttempt(draft, entry);
  const api::Job* job = entry.job_name.empty() ? nullptr : draft.FindJob(entry.job_name);
  if (job != nullptr && failure != nullptr && failure->reason == "JobNeverStarted") {
    draft.Want(DeleteJob{entry.job_name, job->meta.uid});
    Await(entry, "waiting for Job " + entry.job_name + " to be deleted");
    return false;
  }
  const api::ObjectMap<api::Pod>* pods = draft.PodsOf(entry.name);
  const api::Pod* live = pods == nullptr ? nullptr : LiveJobPod(draft, *pods);
  if (live != nullptr) {
    Await(entry, "waiting for pod " + live->meta.Key() + " of the upgrade Job to end");
  }
  return pods != nullptr && live == nullptr;
}

Outcome AdvanceUncordoning(Draft& draft, api::NodeInWork& entry, const api::Node& node) {
  if (entry.job_uid.empty() && !entry.job_name.empty() &&
      draft.FindJob(entry.job_name) != nullptr) {
    MoveTo(draft, entry, NodeStep::kUpgrading);  // its Job was created after all: seen through
    return Outcome::kInWork;
  }
  entry.message = entry.message.substr(0, entry.message.find("; "));
  if (!JobIsOver(draft, entry)) {
    return Outcome::kInWork;
  }
  const api::NodeFailure* failure = FailureOfAttempt(draft, entry);
  if (failure != nullptr && failure->node_changed && !draft.deleted()) {
    return Outcome::kLeavesWork;  // it stays cordoned
  }
  std::vector<Act> acts = ActsOfRelease(node, *draft.world().answers);
  const Act last = acts.back();
  const bool unmarked = !std::holds_alternative<MarkNode>(last);
  if (unmarked && !draft.Marked(node) && (!node.unschedulable || Accepted(draft, last))) {
    return Outcome::kLeavesWork;
  }
  if (const Answer* answer = draft.AnswerTo(last);
      answer != nullptr && answer->verdict == Verdict::kForbidden) {
    Await(entry, "the release was refused: " + answer->message);
  }
  for (Act& act : acts) {
    draft.Want(std::move(act));
  }
  return Outcome::kInWork;
}

}  // namespace

bool StopsEarly(Draft& draft, api::NodeInWork& entry, const api::Node& node) {
  if (UncordonedByHuman(draft, node)) {
    Postpone(draft, entry, "UncordonedByUser");
    return true;
  }
  if (draft.deleted()) {
    GiveBack(draft, entry, "the ClusterUpgrade is being deleted");
    return true;
  }
  if (draft.halt()) {
    GiveBack(draft, entry, draft.halt()->reason);
    return true;
  }
  if (Excluded(draft, entry)) {
    GiveBack(draft, entry, draft.scope().Find(entry.name)->skipped);
    return true;
  }
  if (node.kubelet_version == draft.spec().version) {
    GiveBack(draft, entry, "it is at " + draft.spec().version + " already");
    return true;
  }
  entry.version = draft.spec().version;
  return false;
}

Outcome Advance(Draft& draft, api::NodeInWork& entry) {
  const api::Node& node = *draft.FindNode(entry.name);
  draft.Watch(InterestKind::kPodsOnNode, entry.name);
  switch (entry.step) {
    case NodeStep::kCordoning:
      return AdvanceCordoning(draft, entry, node);
    case NodeStep::kDraining:
      return AdvanceDraining(draft, entry, node);
    case NodeStep::kUpgrading:
      return AdvanceUpgrading(draft, entry, node);
    case NodeStep::kVerifying:
      return AdvanceVerifying(draft, entry, node);
    case NodeStep::kUncordoning:
      return AdvanceUncordoning(draft, entry, node);
  }
  return Outcome::kInWork;
}

CordonNode Cordon(const Draft& draft, const api::NodeInWork& entry) {
  return {entry.name, entry.uid, draft.Mark(), ""};
}

bool UncordonedByHuman(const Draft& draft, const api::Node& node) {
  return draft.Marked(node) && !node.unschedulable;
}

}  // namespace cu::planner
