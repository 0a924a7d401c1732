#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/obstacle.hpp"
#include "planner/pods/volumes.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kBlockedByMax = 5;

using api::BlockerKind;
using api::BlockReason;
using std::chrono::seconds;

void CountPods(api::NodeInWork& entry, const std::vector<const api::Pod*>& leaving) {
  const int remaining = static_cast<int>(leaving.size());
  entry.total = std::max(entry.total, remaining + entry.evicted);
  entry.evicted = entry.total - remaining;
  entry.claims = std::max(entry.claims, CountClaims(leaving));
}

void WatchVolumes(Planning& planning, const api::NodeInWork& entry) {
  if (HasVolumesToDetach(planning, entry)) {
    planning.Watch(WatchKind::kVolumeAttachments, entry.name);
  }
}

base::WallTime SinceWhen(const Planning& planning,
                         const api::NodeInWork& entry,
                         const Memory::BlockKey& key) {
  const auto told =
      std::find_if(entry.blocked_by.begin(), entry.blocked_by.end(), [&](const auto& old) {
        return old.kind == key.kind && old.ns == key.ns && old.name == key.name &&
               old.reason == key.reason;
      });
  if (told != entry.blocked_by.end()) {
    return told->since;
  }
  const auto& known = planning.plan().memory.blocked_since;
  const auto found = known.find(key);
  return found == known.end() ? planning.now() : found->second;
}

/// blocked_by, the most urgent first, each with the time since when.
void Show(Planning& planning, api::NodeInWork& entry, std::vector<Obstacle>& obstacles) {
  std::stable_sort(obstacles.begin(), obstacles.end(), [](const auto& a, const auto& b) {
    return a.by.reason < b.by.reason;
  });
  std::map<Memory::BlockKey, base::WallTime> since;
  std::vector<api::BlockedBy> blocked;
  for (Obstacle& obstacle : obstacles) {
    api::BlockedBy& by = obstacle.by;
    const Memory::BlockKey key{entry.uid, by.kind, by.ns, by.name, by.reason};
    by.since = since[key] = SinceWhen(planning, entry, key);
    if (blocked.size() < kBlockedByMax) {
      blocked.push_back(by);
    }
  }
  std::erase_if(planning.plan().memory.blocked_since,
                [&](const auto& known) { return known.first.node_uid == entry.uid; });
  planning.plan().memory.blocked_since.merge(since);
  entry.blocked_by = std::move(blocked);
  entry.blocked_by_more = static_cast<int>(obstacles.size() - entry.blocked_by.size());
}

/// True while pods of spec.drain.waitForPods may still finish by themselves.
bool AwaitsPods(Planning& planning,
                api::NodeInWork& entry,
                const std::vector<const api::Pod*>& leaving) {
  const auto& wait = planning.spec().drain.wait_for_pods;
  if (!wait) {
    return false;
  }
  const base::WallTime until = entry.step_time + seconds(wait->timeout_seconds);
  std::vector<Obstacle> obstacles;
  for (const api::Pod* pod : leaving) {
    if (!pod->finished() && wait->selector.Matches(pod->meta.labels)) {
      obstacles.push_back(
          {{BlockerKind::kPod, pod->meta.ns, pod->meta.name, BlockReason::kWaitingToFinish, {}},
           pod->meta.Key(),
           base::FormatTime(until)});
    }
  }
  if (obstacles.empty() || planning.Passed(until)) {
    return false;
  }
  Show(planning, entry, obstacles);
  entry.message = DescribeDrain(entry, obstacles, leaving);
  return true;
}

/// Whether the drain's time has passed `times` times. Pre: its clock has started.
bool TimeIsOver(Planning& planning, const api::NodeInWork& entry, int times) {
  const seconds timeout(planning.spec().drain.timeout_seconds);
  return timeout.count() != 0 && planning.Passed(*entry.drain_start + times * timeout);
}

Outcome TimedOut(Planning& planning, api::NodeInWork& entry) {
  const bool skips = planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kSkip;
  if (skips && !planning.Postponed(entry.name)) {
    Postpone(planning, entry, api::PostponeReason::kDrainTimeout);
    return Outcome::kInWork;
  }
  return Fail(
      planning,
      entry,
      {api::FailureReason::kDrainTimeout, "the drain's time is over: " + entry.message, false});
}

/// Pods may have landed since the node was judged: what they lose is said before they go.
void WarnOfLosses(Planning& planning, const std::vector<const api::Pod*>& leaving) {
  FindingBook book(planning.spec().preflight_ignore);
  for (const api::Pod* pod : leaving) {
    if (IsToLeave(planning.world(), *pod)) {
      FindLosses(planning.world(), *pod, book);
    }
  }
  for (const Finding& loss : book.Take()) {
    if (!loss.blocks) {
      planning.AddWarning(loss);
    }
  }
}

Outcome Evict(Planning& planning,
              api::NodeInWork& entry,
              const api::Node& node,
              const std::vector<const api::Pod*>& leaving) {
  const bool may_delete = planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kDelete;
  const bool deletes = may_delete && TimeIsOver(planning, entry, 1);
  DrainRound round =
      NextEvictions(planning.world(), leaving, deletes ? Means::kDelete : Means::kEvict);
  if (round.look_at) {
    planning.LookAt(*round.look_at);
  }
  Show(planning, entry, round.obstacles);
  entry.message = DescribeDrain(entry, round.obstacles, leaving);
  if (deletes) {
    entry.message += "; its time is over: what is left is deleted, past its budgets";
  }
  if (TimeIsOver(planning, entry, may_delete ? 2 : 1)) {
    return TimedOut(planning, entry);
  }
  if (!planning.Marked(node)) {
    planning.Want(Cordon(planning, entry));
    return Outcome::kInWork;
  }
  WarnOfLosses(planning, leaving);
  for (Act& act : round.acts) {
    planning.Want(std::move(act));
  }
  return Outcome::kInWork;
}

/// After the last pod.
Outcome AwaitVolumes(Planning& planning,
                     api::NodeInWork& entry,
                     const api::ObjectMap<api::Pod>& pods) {
  if (!HasVolumesToDetach(planning, entry)) {
    MoveToUpgrading(planning, entry);
    return Outcome::kInWork;
  }
  entry.drained = entry.drained.value_or(planning.now());
  const base::WallTime until =
      *entry.drained + seconds(planning.spec().drain.volume_detach_timeout_seconds);
  const Attached attached = FindAttached(planning.world(), entry.name, pods);
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
  Show(planning, entry, obstacles);
  entry.message = attached.known ? DescribeDrain(entry, obstacles, {}) + "; waited for until " +
                                       base::FormatTime(until)
                                 : "waiting for the list of its volumes";
  const bool over = planning.Passed(until);
  if (over && !(attached.known && names.empty())) {
    constexpr std::size_t kNamesShown = 10;
    planning.AddWarning(
        {api::FindingType::kVolumesStillAttached,
         entry.name,
         entry.name + ": the upgrade went on though volumes may still be attached: " +
             (names.empty() ? "they could not be listed" : base::JoinNames(names, kNamesShown)),
         false});
  }
  if (over || (attached.known && names.empty())) {
    MoveToUpgrading(planning, entry);
  }
  return Outcome::kInWork;
}

}  // namespace

void BeginDraining(Planning& planning,
                   api::NodeInWork& entry,
                   const api::ObjectMap<api::Pod>& pods) {
  MoveTo(planning, entry, api::NodeStep::kDraining);
  const auto leaving = LeavingPods(planning.world(), pods);
  CountPods(entry, leaving);
  if (!AwaitsPods(planning, entry, leaving)) {
    entry.drain_start = planning.now();
  }
}

Outcome AdvanceDraining(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  // Our cordon was seen on it, else it were not here.
  if (!planning.Marked(node) && !node.unschedulable) {
    Postpone(planning, entry, api::PostponeReason::kUncordonedByUser);
    return Outcome::kInWork;
  }
  if (StopsEarly(planning, entry, node)) {
    return Outcome::kInWork;
  }
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  WatchVolumes(planning, entry);
  if (pods == nullptr) {
    entry.message = "waiting for the list of its pods";
    return Outcome::kInWork;
  }
  const auto leaving = LeavingPods(planning.world(), *pods);
  CountPods(entry, leaving);
  WatchVolumes(planning, entry);
  if (planning.paused()) {
    entry.message = "paused at " + DrainProgress(entry);
    entry.blocked_by.clear();
    entry.blocked_by_more = 0;
    return Outcome::kInWork;
  }
  if (!NeedsDrain(planning.spec().drain, entry.from_version, entry.version) &&
      planning.Marked(node)) {
    MoveToUpgrading(planning, entry);
    return Outcome::kInWork;
  }
  if (leaving.empty() && planning.Marked(node)) {
    return AwaitVolumes(planning, entry, *pods);
  }
  entry.drained.reset();
  if (!entry.drain_start && AwaitsPods(planning, entry, leaving)) {
    if (!planning.Marked(node)) {
      planning.Want(Cordon(planning, entry));
    }
    return Outcome::kInWork;
  }
  entry.drain_start = entry.drain_start.value_or(planning.now());
  return Evict(planning, entry, node, leaving);
}

}  // namespace cu::planner
