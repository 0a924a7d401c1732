#include "planner/nodes/draining.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/check.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/comebacks.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/volumes.hpp"

namespace cu::planner {
namespace {

using api::BlockerKind;
using api::BlockReason;
using std::chrono::seconds;

constexpr std::size_t kBlockedByMax = 5;
/// By then the watch of a PersistentVolume shows whose claim it is bound to, or it is forbidden.
constexpr auto kLookUpWithin = seconds(5);

void CountPods(NodeWork& work, const std::vector<const PodPlan*>& leaving) {
  api::NodeInWork& entry = work.entry;
  // One that came back is a further one, even if the pod before it was seen until now.
  const int returned = NoteReturned(entry, leaving);
  const int remaining = static_cast<int>(leaving.size()) - returned;
  entry.total = std::max(entry.total, remaining + entry.evicted);
  entry.evicted = entry.total - remaining;
  entry.total += returned;
  NoteClaims(leaving, entry, work.memory);
}

void WatchVolumes(NodeWork& work) {
  if (HasVolumesToDetach(work.planning(), work.entry)) {
    work.add.Watch(WatchKind::kVolumeAttachments, "");
  }
}

base::WallTime SinceWhen(const NodeWork& work, const NodeMemory::BlockKey& key) {
  const auto& shown = work.entry.blocked_by;
  const auto before = std::find_if(shown.begin(), shown.end(), [&](const auto& old) {
    return old.kind == key.kind && old.ns == key.ns && old.name == key.name &&
           old.reason == key.reason;
  });
  if (before != shown.end()) {
    return before->since;
  }
  const auto found = work.memory.blocked_since.find(key);
  return found == work.memory.blocked_since.end() ? work.planning().now() : found->second;
}

/// blocked_by, the most urgent first, each with the time since when.
void Show(NodeWork& work, std::vector<Obstacle>& obstacles) {
  std::stable_sort(obstacles.begin(), obstacles.end(), [](const auto& a, const auto& b) {
    return a.by.reason < b.by.reason;
  });
  std::map<NodeMemory::BlockKey, base::WallTime> since;
  std::vector<api::BlockedBy> blocked;
  for (Obstacle& obstacle : obstacles) {
    api::BlockedBy& by = obstacle.by;
    const NodeMemory::BlockKey key{by.kind, by.ns, by.name, by.reason};
    by.since = since[key] = SinceWhen(work, key);
    if (blocked.size() < kBlockedByMax) {
      blocked.push_back(by);
    }
  }
  work.memory.blocked_since = std::move(since);
  work.entry.blocked_by = std::move(blocked);
  work.entry.blocked_by_more = static_cast<int>(obstacles.size() - work.entry.blocked_by.size());
}

/// True while pods of spec.drain.waitForPods may still finish by themselves.
bool AwaitPods(NodeWork& work, const std::vector<const PodPlan*>& leaving) {
  const auto& wait = work.planning().spec().drain.wait_for_pods;
  if (!wait) {
    return false;
  }
  const base::WallTime until = work.entry.step_time + seconds(wait->timeout_seconds);
  std::vector<Obstacle> obstacles;
  for (const PodPlan* plan : leaving) {
    const api::Pod& pod = *plan->pod;
    if (IsAwaited(work.planning().spec().drain, pod)) {
      obstacles.push_back(
          {{BlockerKind::kPod, pod.meta.ns, pod.meta.name, BlockReason::kWaitingToFinish, {}},
           pod.meta.Key(),
           base::FormatTime(until)});
    }
  }
  if (obstacles.empty() || work.Reached(until)) {
    return false;
  }
  Show(work, obstacles);
  work.entry.message = DescribeDrain(work.entry, obstacles, leaving);
  return true;
}

/// Whether the drain's time has passed `times` times. Pre: its clock has started.
bool TimeIsOver(NodeWork& work, int times) {
  CU_CHECK(work.entry.drain_start.has_value());
  const seconds timeout(work.planning().spec().drain.timeout_seconds);
  return timeout.count() != 0 && work.Reached(*work.entry.drain_start + times * timeout);
}

void TimeOut(NodeWork& work) {
  const Planning& planning = work.planning();
  const bool skips = planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kSkip;
  if (skips && !planning.Postponed(work.entry.name)) {
    return Postpone(work, api::PostponeReason::kDrainTimeout);
  }
  Fail(work, {api::FailureReason::kDrainTimeout, "drain timed out: " + work.entry.message, false});
}

/// Pods may have landed since the node was judged: what they lose is said before they go.
void WarnOfLosses(NodeWork& work, const std::vector<const PodPlan*>& leaving) {
  const api::ClusterUpgradeSpec& spec = work.planning().spec();
  FindingBook book(spec.preflight_ignore);
  for (const PodPlan* plan : leaving) {
    if (plan->moves()) {
      for (Finding& loss : LossesOf(spec.drain, *plan->pod)) {
        book.Add(std::move(loss));
      }
    }
  }
  for (Finding& loss : book.Take()) {
    if (!loss.blocks) {
      work.add.Warn(std::move(loss));
    }
  }
}

void WarnOfReturned(NodeWork& work) {
  for (const PodPlan& plan : work.pods()->plans) {
    const api::Pod& pod = *plan.pod;
    if (plan.comeback == Comeback::kStays && !pod.finished() && !pod.meta.deleted) {
      work.add.Warn(CameBack(pod));
    }
  }
}

/// Creation times are whole seconds: nobody is evicted in the second in which the newest pod was
/// created, so that whatever replaces an evicted pod is newer. Where clocks differ this waits three
/// seconds at most.
bool AwaitNextSecond(NodeWork& work) {
  const api::NodeInWork& entry = work.entry;
  if (!entry.newest_pod) {
    return false;
  }
  const base::WallTime next =
      std::min(*entry.newest_pod + seconds(2), entry.step_time + seconds(3));
  if (work.planning().now() >= next) {
    return false;
  }
  work.add.WakeAt(work.planning().WakeFor(next));
  return true;
}

base::WallTime NewestOf(const NodePods& pods, base::WallTime otherwise) {
  std::optional<base::WallTime> newest;
  for (const auto& [key, pod] : *pods.all) {
    newest = std::max(newest, pod.meta.created);
  }
  return newest.value_or(otherwise);
}

void Evict(NodeWork& work, const std::vector<const PodPlan*>& leaving) {
  const Planning& planning = work.planning();
  const bool may_delete = planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kDelete;
  const bool deletes = may_delete && TimeIsOver(work, 1);
  DrainRound round =
      NextEvictions(planning.world(), leaving, deletes ? Means::kDelete : Means::kEvict);
  if (round.wake_at) {
    work.add.WakeAt(planning.WakeFor(*round.wake_at));
  }
  Show(work, round.obstacles);
  work.entry.message = DescribeDrain(work.entry, round.obstacles, leaving);
  if (deletes) {
    work.entry.message += "; drain timed out; deleting the remaining pods, ignoring budgets";
  }
  if (TimeIsOver(work, may_delete ? 2 : 1)) {
    return TimeOut(work);
  }
  if (!work.marked()) {
    return WantCordon(work);
  }
  WarnOfLosses(work, leaving);
  if (AwaitNextSecond(work)) {
    return;
  }
  for (Action& action : round.actions) {
    work.add.Want(std::move(action));
  }
}

/// After the last pod.
void AwaitVolumes(NodeWork& work) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  if (!HasVolumesToDetach(planning, entry)) {
    return MoveOn(work);
  }
  entry.drained = entry.drained.value_or(planning.now());
  const base::WallTime until =
      *entry.drained + seconds(planning.spec().drain.volume_detach_timeout_seconds);
  const Attached attached = FindAttached(planning.world(), entry, *work.pods()->all, work.memory);
  for (const std::string& volume : attached.unknown) {
    work.add.Watch(WatchKind::kVolume, volume);
  }
  std::vector<Obstacle> obstacles;
  std::vector<std::string> names;
  for (const api::VolumeAttachment* attachment : attached.volumes) {
    const std::string& name = attachment->meta.name;
    names.push_back(attachment->volume.empty() ? name : attachment->volume);
    obstacles.push_back(
        {{BlockerKind::kVolumeAttachment, "", name, BlockReason::kVolumeAttached, {}},
         "",
         names.back()});
  }
  Show(work, obstacles);
  entry.message = attached.listed ? DescribeDrain(entry, obstacles, {}) + "; waiting until " +
                                        base::FormatTime(until)
                                  : "waiting for its volume attachments to be listed";
  const bool looks_up = !attached.unknown.empty() && !work.Reached(*entry.drained + kLookUpWithin);
  const bool detached = attached.listed && names.empty() && !looks_up;
  const bool over = work.Reached(until);
  if (over && !detached) {
    constexpr std::size_t kNamesShown = 10;
    work.add.Warn(Finding::Warns(
        api::FindingType::kVolumesStillAttached,
        entry.name,
        entry.name + ": the upgrade continued although volumes may still be attached: " +
            (names.empty() ? "they could not be listed" : base::JoinNames(names, kNamesShown))));
  }
  if (over || detached) {
    MoveOn(work);
  }
}

}  // namespace

void BeginDraining(NodeWork& work) {
  CU_CHECK(work.pods() != nullptr);
  MoveTo(work, api::NodeStep::kDraining);
  work.memory.claims.clear();
  work.memory.claim_of.clear();
  const auto& leaving = work.pods()->leaving;
  work.entry.newest_pod =
      NewestOf(*work.pods(), work.entry.cordon_time.value_or(work.planning().now()));
  CountPods(work, leaving);
  if (!AwaitPods(work, leaving)) {
    work.entry.drain_start = work.planning().now();
  }
}

void AdvanceDraining(NodeWork& work) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  // Our cordon was seen on it: it went to Draining then.
  if (!work.marked() && !work.node().unschedulable) {
    return Postpone(work, api::PostponeReason::kUncordonedByUser);
  }
  if (EndEarly(work)) {
    return;
  }
  AdoptTarget(work);
  WatchVolumes(work);
  if (work.pods() == nullptr) {
    entry.message = "waiting for its pods to be listed";
    return;
  }
  const auto& leaving = work.pods()->leaving;
  CountPods(work, leaving);
  WarnOfReturned(work);
  WatchVolumes(work);
  if (planning.paused()) {
    entry.message = "paused at " + DrainProgress(entry);
    entry.blocked_by.clear();
    entry.blocked_by_more = 0;
    return;
  }
  if (work.marked() && !NeedsDrain(planning.spec().drain, entry.from_version, entry.version)) {
    return MoveOn(work);
  }
  const bool held = std::any_of(leaving.begin(), leaving.end(), [&](const PodPlan* plan) {
    return HoldsDrain(planning.world(), *plan);
  });
  if (work.marked() && !held) {
    return AwaitVolumes(work);
  }
  entry.drained.reset();
  if (!entry.drain_start && AwaitPods(work, leaving)) {
    if (!work.marked()) {
      WantCordon(work);
    }
    return;
  }
  entry.drain_start = entry.drain_start.value_or(planning.now());
  Evict(work, leaving);
}

}  // namespace cu::planner
