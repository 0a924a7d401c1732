#include "planner/nodes/cordoning.hpp"

#include "api/labels.hpp"
#include "planner/model/patience.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/daemon_sets.hpp"
#include "planner/pods/static_pods.hpp"
#include "planner/pods/workload_counts.hpp"

namespace cu::planner {
namespace {

constexpr int kConflictsMax = 3;

/// Whether the map has another value than ours under the key: a user's, which stays.
bool HasAnother(const api::StringMap& map, std::string_view key, std::string_view ours) {
  const auto found = map.find(key);
  return found != map.end() && found->second != ours;
}

/// The hints that the node is to carry, without those that a user has set otherwise. None if it
/// shows them all.
std::optional<SetNodeHints> MissingHints(const NodeWork& work) {
  const bool exclude = work.planning().spec().drain.exclude_from_load_balancers;
  const api::StringMap& labels = work.node().meta.labels;
  const api::StringMap& annotations = work.node().meta.annotations;
  if ((!exclude || labels.contains(api::kExcludeFromLoadBalancers)) &&
      annotations.contains(api::kScaleDownDisabled) && annotations.contains(api::kDoNotDisrupt)) {
    return std::nullopt;
  }
  SetNodeHints hints{work.entry.name, work.entry.uid};
  hints.exclude_from_load_balancers =
      exclude &&
      !HasAnother(labels, api::kExcludeFromLoadBalancers, api::kExcludeFromLoadBalancersValue);
  hints.disable_scale_down =
      !HasAnother(annotations, api::kScaleDownDisabled, api::kScaleDownDisabledValue);
  hints.do_not_disrupt = !HasAnother(annotations, api::kDoNotDisrupt, api::kDoNotDisruptValue);
  return hints;
}

/// Whether the server had its last word on the hints.
bool AreSettled(const ActionResult* result) {
  if (result == nullptr) {
    return false;
  }
  // A value that was not seen yet is left out next time; one that nobody shows has no end.
  return result->outcome == Outcome::kConflict ? result->attempts >= kConflictsMax
                                               : !SaysNothing(result->outcome);
}

/// What the server has against our finalizer, without which nothing is cordoned, or null.
const ActionResult* FinalizerRefusal(const Planning& planning) {
  const api::Metadata& meta = planning.upgrade().meta;
  const ActionResult* result = planning.ResultOf(SetFinalizer{meta.name, meta.uid, {}});
  return planning.has_finalizer() || result == nullptr || result->message.empty() ? nullptr
                                                                                  : result;
}

/// What is refused for longer is given back, untouched as the node is: a person is needed.
bool GivesUp(NodeWork& work, const ActionResult* refusal) {
  if (refusal == nullptr || refusal->outcome == Outcome::kAccepted ||
      !work.Reached(PatienceEnds(*refusal))) {
    return false;
  }
  Fail(work, {api::FailureReason::kCordonRefused, work.entry.message, false});
  return true;
}

/// The workloads of a node are counted before the first of their pods leaves.
std::optional<std::string> UnknownNamespace(NodeWork& work) {
  const Planning& planning = work.planning();
  if (work.pods() == nullptr || !WaitsForWorkloads(planning) ||
      !NeedsDrain(planning.spec().drain, work.entry.from_version, work.entry.version)) {
    return std::nullopt;
  }
  return WatchWorkloads(planning, WorkloadsOn(*work.pods()), work.add);
}

void WaitForCordon(NodeWork& work) {
  const Planning& planning = work.planning();
  work.entry.message = "waiting for the cordon";
  if (const ActionResult* refusal = FinalizerRefusal(planning)) {
    work.entry.message = "cannot add the finalizer " + std::string(api::kFinalizer) +
                         " to the ClusterUpgrade: " + refusal->message;
  }
  if (work.marked()) {
    return;
  }
  const ActionResult* result = planning.ResultOf(CordonOf(work));
  if (result != nullptr && !result->message.empty()) {
    work.entry.message = "the API server rejected the cordon: " + result->message;
  }
  if (GivesUp(work, FinalizerRefusal(planning)) || GivesUp(work, result)) {
    return;
  }
  WantCordon(work);
}

}  // namespace

void NoteReadyPods(NodeWork& work, bool drained) {
  const api::ObjectMap<api::Pod>& pods = *work.pods()->all;
  if (work.planning().ViewOf(work.entry.name).control_plane) {
    work.entry.static_pods = ReadyStaticPods(pods, work.entry.static_pods);
  }
  if (!drained) {
    return;
  }
  ReadyDaemonSets ready = FindReadyDaemonSets(pods, work.entry.daemon_sets);
  work.entry.daemon_sets = std::move(ready.names);
  if (ready.unchecked > 0) {
    work.add.Warn(Finding::Warns(api::FindingType::kDaemonSetsNotChecked,
                                 work.entry.name,
                                 work.entry.name + ": " + std::to_string(ready.unchecked) +
                                     " DaemonSets outside kube-system are beyond the 50 that its "
                                     "verification checks"));
  }
}

void AdvanceCordoning(NodeWork& work) {
  if (EndEarly(work)) {
    return;
  }
  AdoptTarget(work);
  if (work.planning().paused()) {
    work.entry.message = "paused";
    return;
  }
  const auto unknown = UnknownNamespace(work);
  if (!work.marked() || work.pods() == nullptr || !work.planning().MayCordon()) {
    WaitForCordon(work);
    return;
  }
  if (unknown) {
    work.entry.message = "waiting for the pods of namespace " + *unknown + " to be listed";
    return;
  }
  if (const auto hints = MissingHints(work)) {
    work.add.Want(*hints);
    if (!AreSettled(work.planning().ResultOf(*hints))) {
      return;
    }
  }
  work.entry.cordon_time = work.planning().now();
  NoteReadyPods(work, true);
  MoveOn(work);
}

}  // namespace cu::planner
