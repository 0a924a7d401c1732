#include "planner/node_steps.hpp"

#include <algorithm>

#include "api/marks.hpp"
#include "planner/drain.hpp"
#include "planner/release.hpp"
#include "planner/text.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;

bool Excluded(const Draft& draft, const api::NodeInWork& entry) {
  const ScopedNode* scoped = draft.scope().Find(entry.name);
  return scoped == nullptr || !scoped->skipped.empty();
}

/// The optional marks are there, or the server had its last word on them.
bool OptionalMarksSettled(Draft& draft, const api::NodeInWork& entry, const api::Node& node) {
  const bool exclude = draft.spec().drain.exclude_from_load_balancers;
  const bool shown =
      (!exclude || node.meta.labels.contains(std::string(api::kExcludeFromLoadBalancers))) &&
      node.meta.annotations.contains(std::string(api::kScaleDownDisabled)) &&
      node.meta.annotations.contains(std::string(api::kDoNotDisrupt));
  if (shown) {
    return true;
  }
  Act act = MarkNode{entry.name, entry.uid, true, exclude};
  const Answer* answer = draft.AnswerTo(act);
  draft.Want(std::move(act));
  return answer != nullptr && answer->verdict != Verdict::kUnknown &&
         answer->verdict != Verdict::kOverload;
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
  entry.daemon_sets = ReadyDaemonSets(*pods);
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

/// True once nothing of ours is left of a Job that must not go on beside the release. A deletion is
/// bounded: it does not wait for a Job past its deadline.
bool JobIsOver(Draft& draft, api::NodeInWork& entry) {
  const api::NodeFailure* failure = FailureOfAttempt(draft, entry);
  if (failure != nullptr && failure->reason == "JobOverdue") {
    return true;
  }
  const api::Job* job = entry.job_name.empty() ? nullptr : draft.FindJob(entry.job_name);
  if (job != nullptr && failure != nullptr && failure->reason == "JobNeverStarted") {
    draft.Want(DeleteJob{entry.job_name, job->meta.uid});
    entry.message = "waiting for Job " + entry.job_name + " to be deleted";
    return false;
  }
  const api::ObjectMap<api::Pod>* pods = draft.PodsOf(entry.name);
  const api::Pod* live = pods == nullptr ? nullptr : LiveJobPod(draft, *pods);
  if (live != nullptr) {
    entry.message = "waiting for pod " + live->meta.Key() + " of the upgrade Job to end";
  }
  return pods != nullptr && live == nullptr;
}

Outcome AdvanceUncordoning(Draft& draft, api::NodeInWork& entry, const api::Node& node) {
  if (entry.job_uid.empty() && !entry.job_name.empty() &&
      draft.FindJob(entry.job_name) != nullptr) {
    MoveTo(draft, entry, NodeStep::kUpgrading);  // its Job was created after all: seen through
    return Outcome::kInWork;
  }
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
    entry.message = "the release was refused: " + answer->message;
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
