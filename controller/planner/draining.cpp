#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/drain.hpp"
#include "planner/findings.hpp"
#include "planner/node_steps.hpp"
#include "planner/text.hpp"
#include "planner/volumes.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kBlockedByMax = 5;

using std::chrono::seconds;

void CountPods(api::NodeInWork& entry, const std::vector<const api::Pod*>& leaving) {
  const int remaining = static_cast<int>(leaving.size());
  entry.total = std::max(entry.total, remaining + entry.evicted);
  entry.evicted = entry.total - remaining;
  entry.claims = std::max(entry.claims, CountClaims(leaving));
}

void WatchVolumes(Draft& draft, const api::NodeInWork& entry) {
  if (HasVolumesToDetach(draft, entry)) {
    draft.Watch(InterestKind::kVolumeAttachments, entry.name);
  }
}

base::WallTime SinceWhen(const Draft& draft,
                         const api::NodeInWork& entry,
                         const api::BlockedBy& by,
                         const std::string& key) {
  const auto told =
      std::find_if(entry.blocked_by.begin(), entry.blocked_by.end(), [&](const auto& old) {
        return old.kind == by.kind && old.ns == by.ns && old.name == by.name &&
               old.reason == by.reason;
      });
  const auto known = draft.plan().memory.blocked_since.find(key);
  return told != entry.blocked_by.end()                     ? told->since
         : known != draft.plan().memory.blocked_since.end() ? known->second
                                                            : draft.now();
}

/// blocked_by, the most urgent first, each with the time since when.
void Show(Draft& draft, api::NodeInWork& entry, std::vector<Obstacle>& obstacles) {
  std::stable_sort(obstacles.begin(), obstacles.end(), [](const auto& a, const auto& b) {
    return UrgencyOf(a.by.reason) < UrgencyOf(b.by.reason);
  });
  std::map<std::string, base::WallTime> since;
  std::vector<api::BlockedBy> blocked;
  for (Obstacle& obstacle : obstacles) {
    api::BlockedBy& by = obstacle.by;
    const std::string key =
        entry.uid + " " + by.kind + " " + by.ns + "/" + by.name + " " + by.reason;
    by.since = since[key] = SinceWhen(draft, entry, by, key);
    if (blocked.size() < kBlockedByMax) {
      blocked.push_back(by);
    }
  }
  std::erase_if(draft.plan().memory.blocked_since,
                [&](const auto& known) { return known.first.starts_with(entry.uid + " "); });
  draft.plan().memory.blocked_since.merge(since);
  entry.blocked_by = std::move(blocked);
  entry.blocked_by_more = static_cast<int>(obstacles.size() - entry.blocked_by.size());
}

/// True while pods of spec.drain.waitForPods may still finish by themselves.
bool AwaitsPods(Draft& draft, api::NodeInWork& entry, const std::vector<const api::Pod*>& leaving) {
  const auto& wait = draft.spec().drain.wait_for_pods;
  if (!wait) {
    return false;
  }
  const base::WallTime until = entry.step_time + seconds(wait->timeout_seconds);
  std::vector<Obstacle> obstacles;
  for (const api::Pod* pod : leaving) {
    if (!pod->finished() && wait->selector.Matches(pod->meta.labels)) {
      obstacles.push_back({{"Pod", pod->meta.ns, pod->meta.name, "WaitingToFinish", {}},
                           pod->meta.Key(),
                           base::FormatTime(until)});
    }
  }
  if (obstacles.empty() || draft.Passed(until)) {
    return false;
  }
  Show(draft, entry, obstacles);
  entry.message = DescribeDrain(entry, obstacles, leaving);
  return true;
}

/// Whether the drain's time has passed `times` times. Pre: its clock has started.
bool TimeIsOver(Draft& draft, const api::NodeInWork& entry, int times) {
  const seconds timeout(draft.spec().drain.timeout_seconds);
  return timeout.count() != 0 && draft.Passed(*entry.drain_start + times * timeout);
}

Outcome TimedOut(Draft& draft, api::NodeInWork& entry) {
  const bool skips = draft.spec().drain.on_timeout == api::DrainTimeoutPolicy::kSkip;
  if (skips && !draft.Postponed(entry.name)) {
    Postpone(draft, entry, kDrainTimeout);
    return Outcome::kInWork;
  }
  return Fail(draft, entry, {kDrainTimeout, "the drain's time is over: " + entry.message, false});
}

/// Pods may have landed since the node was judged: what they lose is said before they go.
void WarnOfLosses(Draft& draft, const std::vector<const api::Pod*>& leaving) {
  FindingBook book(draft.spec().preflight_ignore);
  for (const api::Pod* pod : leaving) {
    if (IsToLeave(draft.world(), *pod)) {
      FindLosses(draft.world(), *pod, book);
    }
  }
  for (const Finding& loss : book.Take()) {
    if (!loss.blocks) {
      draft.AddWarning(loss);
    }
  }
}

Outcome Evict(Draft& draft,
              api::NodeInWork& entry,
              const api::Node& node,
              const std::vector<const api::Pod*>& leaving) {
  const bool may_delete = draft.spec().drain.on_timeout == api::DrainTimeoutPolicy::kDelete;
  const bool deletes = may_delete && TimeIsOver(draft, entry, 1);
  DrainRound round =
      NextEvictions(draft.world(), leaving, deletes ? Means::kDelete : Means::kEvict);
  if (round.look_at) {
    draft.LookAt(*round.look_at);
  }
  Show(draft, entry, round.obstacles);
  entry.message = DescribeDrain(entry, round.obstacles, leaving);
  if (deletes) {
    entry.message += "; its time is over: what is left is deleted, past its budgets";
  }
  if (TimeIsOver(draft, entry, may_delete ? 2 : 1)) {
    return TimedOut(draft, entry);
  }
  if (!draft.Marked(node)) {
    draft.Want(Cordon(draft, entry));
    return Outcome::kInWork;
  }
  WarnOfLosses(draft, leaving);
  for (Act& act : round.acts) {
    draft.Want(std::move(act));
  }
  return Outcome::kInWork;
}

/// After the last pod.
Outcome AwaitVolumes(Draft& draft, api::NodeInWork& entry, const api::ObjectMap<api::Pod>& pods) {
  if (!HasVolumesToDetach(draft, entry)) {
    MoveToUpgrading(draft, entry);
    return Outcome::kInWork;
  }
  entry.drained = entry.drained.value_or(draft.now());
  const base::WallTime until =
      *entry.drained + seconds(draft.spec().drain.volume_detach_timeout_seconds);
  const Attached attached = FindAttached(draft.world(), entry.name, pods);
  std::vector<Obstacle> obstacles;
  std::vector<std::string> names;
  for (const api::VolumeAttachment* attachment : attached.volumes) {
    const std::string& name = attachment->meta.name;
    names.push_back(attachment->volume.empty() ? name : attachment->volume);
    obstacles.push_back({{"VolumeAttachment", "", name, "VolumeAttached", {}}, "", names.back()});
  }
  Show(draft, entry, obstacles);
  entry.message = attached.known ? DescribeDrain(entry, obstacles, {}) + "; waited for until " +
                                       base::FormatTime(until)
                                 : "waiting for the list of its volumes";
  const bool over = draft.Passed(until);
  if (over && !(attached.known && names.empty())) {
    constexpr std::size_t kNamesShown = 10;
    draft.AddWarning(
        entry.name + ": the upgrade went on though volumes may still be attached: " +
        (names.empty() ? "they could not be listed" : base::JoinNames(names, kNamesShown)));
  }
  if (over || (attached.known && names.empty())) {
    MoveToUpgrading(draft, entry);
  }
  return Outcome::kInWork;
}

}  // namespace

void BeginDraining(Draft& draft, api::NodeInWork& entry, const api::ObjectMap<api::Pod>& pods) {
  MoveTo(draft, entry, api::NodeStep::kDraining);
  const auto leaving = LeavingPods(draft.world(), pods);
  CountPods(entry, leaving);
  if (!AwaitsPods(draft, entry, leaving)) {
    entry.drain_start = draft.now();
  }
}

Outcome AdvanceDraining(Draft& draft, api::NodeInWork& entry, const api::Node& node) {
  // Our cordon was seen on it, else it were not here.
  if (!draft.Marked(node) && !node.unschedulable) {
    Postpone(draft, entry, "UncordonedByUser");
    return Outcome::kInWork;
  }
  if (StopsEarly(draft, entry, node)) {
    return Outcome::kInWork;
  }
  const api::ObjectMap<api::Pod>* pods = draft.PodsOf(entry.name);
  WatchVolumes(draft, entry);
  if (pods == nullptr) {
    entry.message = "waiting for the list of its pods";
    return Outcome::kInWork;
  }
  const auto leaving = LeavingPods(draft.world(), *pods);
  CountPods(entry, leaving);
  WatchVolumes(draft, entry);
  if (draft.paused()) {
    entry.message = "paused at " + DrainProgress(entry);
    entry.blocked_by.clear();
    entry.blocked_by_more = 0;
    return Outcome::kInWork;
  }
  if (!NeedsDrain(draft.spec().drain, entry.from_version, entry.version) && draft.Marked(node)) {
    MoveToUpgrading(draft, entry);
    return Outcome::kInWork;
  }
  if (leaving.empty() && draft.Marked(node)) {
    return AwaitVolumes(draft, entry, *pods);
  }
  entry.drained.reset();
  if (!entry.drain_start && AwaitsPods(draft, entry, leaving)) {
    if (!draft.Marked(node)) {
      draft.Want(Cordon(draft, entry));
    }
    return Outcome::kInWork;
  }
  entry.drain_start = entry.drain_start.value_or(draft.now());
  return Evict(draft, entry, node, leaving);
}

}  // namespace cu::planner
