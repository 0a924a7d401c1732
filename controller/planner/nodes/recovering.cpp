#include "planner/nodes/recovering.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/workload_counts.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;
using api::RecoveringWorkload;

/// A controller that deletes pods and creates none asks for fewer: it needs a moment in between.
constexpr auto kFewerAfter = std::chrono::seconds(10);

bool IsBeingDrained(const Planning& planning, const std::string& node) {
  const api::NodeInWork* entry = planning.EntryOf(node);
  return entry != nullptr && AwaitsDrain(*entry);
}

/// Its first eviction comes after this plan's status.
bool DrainBegins(const Planning& planning, const api::NodeInWork& entry) {
  const auto& before = planning.upgrade().status.in_progress;
  return entry.step == NodeStep::kDraining &&
         std::none_of(before.begin(), before.end(), [&](const api::NodeInWork& old) {
           return old.uid == entry.uid && old.step == NodeStep::kDraining;
         });
}

/// Whether a workload has fewer Ready pods than before, and asks for more.
enum class Missing { kYes, kPerhaps, kFewer, kNo };

class Tending {
 public:
  Tending(const Planning& planning, RecoveryMemory memory)
      : planning_(planning), before_(std::move(memory)) {
    for (const RecoveringWorkload& recovering : planning.status().recovering) {
      all_.emplace(recovering.workload, recovering);
    }
  }

  Recovery Tend() {
    TakeUp();
    std::set<api::Workload> names;
    for (const auto& [workload, recovering] : all_) {
      names.insert(workload);
    }
    WatchWorkloads(planning_, names, work_.add);
    const auto counts = CountWorkloads(planning_, names);
    for (auto& [workload, recovering] : all_) {
      const auto count = counts.find(workload);
      if (!IsOver(recovering, count == counts.end() ? nullptr : &count->second)) {
        work_.workloads.push_back(std::move(recovering));
      }
    }
    return std::move(work_);
  }

 private:
  void TakeUp() {
    for (const api::NodeInWork& entry : planning_.status().in_progress) {
      const NodePods* pods = planning_.PodsOf(entry.name);
      if (!DrainBegins(planning_, entry) || pods == nullptr) {
        continue;
      }
      const auto workloads = WorkloadsOn(*pods);
      for (const auto& [workload, count] : CountWorkloads(planning_, workloads)) {
        TakeUp(workload, count, entry.name);
      }
    }
  }

  void TakeUp(const api::Workload& workload, const WorkloadCount& count, const std::string& node) {
    if (count.ready == 0 || !HasRoomFor(workload)) {
      return;
    }
    RecoveringWorkload& recovering = all_[workload];
    recovering.workload = workload;
    recovering.ready = std::max(recovering.ready, count.ready);
    if (std::find(recovering.nodes.begin(), recovering.nodes.end(), node) ==
        recovering.nodes.end()) {
      recovering.nodes.push_back(node);
    }
  }

  /// Those that are not waited for any more make room.
  bool HasRoomFor(const api::Workload& workload) {
    if (all_.size() < kRecoveringMax || all_.contains(workload)) {
      return true;
    }
    const auto given_up = std::find_if(
        all_.begin(), all_.end(), [](const auto& entry) { return entry.second.timed_out; });
    if (given_up == all_.end()) {
      return false;
    }
    all_.erase(given_up);
    return true;
  }

  /// `count`: null while its pods are not known.
  bool IsOver(RecoveringWorkload& recovering, const WorkloadCount* count) {
    const auto& nodes = recovering.nodes;
    if (std::any_of(nodes.begin(), nodes.end(), [&](const std::string& node) {
          return IsBeingDrained(planning_, node);
        })) {
      recovering.since.reset();
      return false;
    }
    recovering.since = recovering.since.value_or(planning_.now());
    const Missing missing = count == nullptr ? Missing::kYes : WhatIsMissing(recovering, *count);
    recovering.fewer = missing == Missing::kFewer;
    if (missing == Missing::kNo || (recovering.fewer && count->ready_on.size() != 1)) {
      return true;
    }
    if (recovering.timed_out) {
      return missing != Missing::kYes || !HasWorkLeft();
    }
    const std::chrono::seconds bound(planning_.spec().drain.recovery_timeout_seconds);
    Asked<bool> passed = planning_.HasPassed(*recovering.since + bound);
    work_.add.Add(std::move(passed.add));
    if (passed.answer) {
      recovering.timed_out = true;
      Warn(recovering, count);
    }
    // What it has is its measure from now on: its next drain waits for that.
    return recovering.timed_out && missing != Missing::kYes;
  }

  /// Without those that its controller has not made yet, nor will make, no pod is missing: all
  /// that there are have been Ready for a while, and none is on its way. If pods were deleted that
  /// no drain of ours has taken, it was scaled down, or deleted; or somebody deletes them while its
  /// controller cannot make others, which looks the same.
  Missing WhatIsMissing(const RecoveringWorkload& recovering, const WorkloadCount& count) {
    if (count.ready >= recovering.ready) {
      return Missing::kNo;
    }
    const RecoveryMemory::Pods& before = before_.pods[recovering.workload];
    RecoveryMemory::Pods& now = work_.memory.pods[recovering.workload];
    now.alive = count.alive;
    now.lost_others = before.lost_others ||
                      std::any_of(before.alive.begin(), before.alive.end(), [&](const auto& pod) {
                        const auto& [uid, node] = pod;
                        const auto& nodes = recovering.nodes;
                        return !count.alive.contains(uid) && !count.finished.contains(uid) &&
                               std::find(nodes.begin(), nodes.end(), node) == nodes.end();
                      });
    if (count.terminating > 0 || count.ready < static_cast<int>(count.alive.size())) {
      return Missing::kYes;
    }
    const base::SteadyTime at = planning_.world().now.steady;
    now.fewer_since = before.alive == count.alive ? before.fewer_since.value_or(at) : at;
    if (at < *now.fewer_since + kFewerAfter) {
      work_.add.WakeAt(*now.fewer_since + kFewerAfter);
      return Missing::kYes;
    }
    return now.lost_others ? Missing::kFewer : Missing::kPerhaps;
  }

  bool HasWorkLeft() const {
    const auto& nodes = planning_.nodes();
    return std::any_of(nodes.begin(), nodes.end(), [](const NodeView& view) {
      return view.in_work || view.IsToBeDone();
    });
  }

  void Warn(const RecoveringWorkload& recovering, const WorkloadCount* count) {
    const std::string ready = count == nullptr ? "unknown" : std::to_string(count->ready);
    work_.add.Warn(
        Finding::Warns(api::FindingType::kWorkloadNotRecovered,
                       recovering.workload.Key(),
                       recovering.workload.Text() +
                           " does not have as many Ready pods as before its pods were "
                           "evicted (" +
                           ready + " of " + std::to_string(recovering.ready) + ") after " +
                           std::to_string(planning_.spec().drain.recovery_timeout_seconds) +
                           " s; the upgrade continues without waiting for it"));
  }

  const Planning& planning_;
  RecoveryMemory before_;
  std::map<api::Workload, RecoveringWorkload> all_;
  Recovery work_;
};

}  // namespace

Recovery TendWorkloads(const Planning& planning, RecoveryMemory memory) {
  if (planning.deleted() || !WaitsForWorkloads(planning)) {
    return {};
  }
  return Tending(planning, std::move(memory)).Tend();
}

}  // namespace cu::planner
