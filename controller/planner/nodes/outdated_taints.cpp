#include "planner/nodes/outdated_taints.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "planner/target/outdated_taint.hpp"

namespace cu::planner {
namespace {

using api::ConditionStatus;
using api::ConditionType;

/// In a second, and without an answer at once.
constexpr int kChangesMax = 20;
constexpr auto kSecond = std::chrono::seconds(1);
constexpr auto kRestMax = std::chrono::minutes(1);
/// Twice the time that a call may take: by then one that was sent has come or will not.
constexpr auto kOutcomeKnownAfter = std::chrono::seconds(20);
/// Then it is a policy, and no other node is tried.
constexpr int kRefusalsMax = 3;

/// The changes of taints that are begun by and by.
class Changes {
 public:
  Changes(const ActionResults& results, TaintMemory& memory, base::SteadyTime now)
      : results_(results), memory_(memory), now_(now) {}

  /// False: not yet. What was wanted before goes on being wanted.
  bool Want(SetOutdatedTaint action) {
    const std::string uid = action.uid;
    const Action wanted = std::move(action);
    if (!memory_.wanted.contains(uid) && !Begin()) {
      return false;
    }
    open_ += IsRefused(ResultOf(results_, wanted)) ? 0 : 1;
    wanted_.insert(uid);
    add_.Want(wanted);
    return true;
  }

  Contribution Take() && {
    memory_.wanted = std::move(wanted_);
    return std::move(add_);
  }

 private:
  bool Begin() {
    TaintPace& pace = memory_.pace;
    if (!pace.second || now_ >= *pace.second + kSecond) {
      pace = {now_, 0};
    }
    if (pace.begun >= kChangesMax || open_ >= kChangesMax) {
      add_.WakeAt(*pace.second + kSecond);
      return false;
    }
    ++pace.begun;
    return true;
  }

  const ActionResults& results_;
  TaintMemory& memory_;
  base::SteadyTime now_;
  int open_ = 0;
  std::set<std::string> wanted_;
  Contribution add_;
};

SetOutdatedTaint Removal(const api::Node& node, std::string owner) {
  const auto at = PlaceOfTaint(node, owner);
  return {node.meta.name, node.meta.uid, node.meta.resource_version, std::move(owner), at, false};
}

std::optional<base::WallTime> StalledSince(const Planning& planning) {
  const auto& conditions = planning.status().conditions;
  const auto stalled = std::find_if(conditions.begin(), conditions.end(), [](const auto& one) {
    return one.type == ConditionType::kStalled && one.status == ConditionStatus::kTrue;
  });
  return stalled == conditions.end() ? std::nullopt : std::optional(stalled->last_transition_time);
}

/// Its pods leave, have left or are coming back.
bool IsDrained(const api::NodeInWork& entry) {
  return entry.step == api::NodeStep::kDraining || entry.step == api::NodeStep::kUpgrading ||
         entry.step == api::NodeStep::kVerifying;
}

class Taints {
 public:
  Taints(const Planning& planning, TaintMemory memory)
      : planning_(planning), owner_(planning.upgrade().meta.uid) {
    work_.memory = std::move(memory);
  }

  OutdatedTaints All() && {
    keeps_ = Keeps();
    if (!std::exchange(work_.memory.begun, true) && planning_.status().outdated_tainted) {
      // Whoever was here before us may have sent some.
      work_.memory.unsettled[""] = planning_.world().now.steady;
    }
    for (const NodeView& view : planning_.nodes()) {
      Look(view);
    }
    Changes changes(*planning_.world().results, work_.memory, planning_.world().now.steady);
    RemoveOthers(changes);
    PutAll(changes);
    if (work_.memory.first_refusal) {
      work_.add.Warn(*work_.memory.first_refusal);
    }
    work_.add.Add(std::move(changes).Take());
    Settle();
    if (!work_.unfinished && !(keeps_ && planning_.HasBegun())) {
      work_.memory = TaintMemory{true, work_.memory.pace, {}, {}, {}, 0, {}};
    }
    return std::move(work_);
  }

 private:
  bool Keeps() {
    if (!planning_.spec().drain.prefer_upgraded_nodes || planning_.deleted()) {
      return false;
    }
    const std::optional<base::WallTime> since =
        planning_.paused() ? planning_.status().paused_time : StalledSince(planning_);
    if (!since) {
      return true;
    }
    Asked<bool> rests = planning_.HasPassed(*since + kRestMax);
    work_.add.Add(std::move(rests.add));
    return !rests.answer;
  }

  /// New ones: while pods are moved, and by the newest of what is known.
  bool Puts() const {
    const auto& in_work = planning_.status().in_progress;
    const bool moves = planning_.status().outdated_tainted ||
                       std::any_of(in_work.begin(), in_work.end(), IsDrained);
    return keeps_ && moves && planning_.HasBegun() && !planning_.halt() && !planning_.paused() &&
           !StalledSince(planning_) && planning_.has_finalizer() && planning_.world().current &&
           work_.memory.refused < kRefusalsMax && (outdated_ > 1 || elsewhere_);
  }

  /// The object is held while a taint may still come.
  void Settle() {
    auto& unsettled = work_.memory.unsettled;
    std::erase_if(unsettled, [&](const auto& put) {
      return planning_.world().now.steady >= put.second + kOutcomeKnownAfter;
    });
    if (!work_.unfinished && planning_.status().outdated_tainted && !unsettled.empty()) {
      work_.unfinished = true;
      for (const auto& [uid, since] : unsettled) {
        work_.add.WakeAt(since + kOutcomeKnownAfter);
      }
    }
  }

  void Look(const NodeView& view) {
    const bool outdated = keeps_ && !view.in_work && planning_.IsToBeDrained(view);
    outdated_ += outdated ? 1 : 0;
    if (view.tainted) {
      if (!work_.memory.unsettled.empty()) {
        work_.memory.unsettled.erase(view.node().meta.uid);
      }
      if (outdated) {
        work_.unfinished = true;
        NotePut(view);
      } else {
        (view.in_work ? begun_ : others_).push_back(&view);
      }
    } else if (outdated) {
      missing_.push_back(&view);
    } else if (!elsewhere_ && !view.in_work && view.ready) {
      elsewhere_ = !view.node().unschedulable && !RepelsPods(view.node());
    }
  }

  /// It is there: should it vanish, somebody else has taken it away.
  void NotePut(const NodeView& view) {
    if (!work_.memory.wanted.empty() && work_.memory.wanted.contains(view.node().meta.uid)) {
      work_.memory.without.insert(view.node().meta.uid);
    }
  }

  void RemoveOthers(Changes& changes) {
    for (const NodeView* view : begun_) {
      work_.first.emplace_back(Remove(*view));
    }
    for (const NodeView* view : others_) {
      if (!changes.Want(Remove(*view))) {
        break;
      }
    }
  }

  SetOutdatedTaint Remove(const NodeView& view) {
    SetOutdatedTaint action = Removal(view.node(), owner_);
    work_.memory.without.erase(action.uid);
    // What the server does not let go holds no deletion.
    work_.unfinished = work_.unfinished || !IsRefused(planning_.ResultOf(action));
    return action;
  }

  /// Those first that carry it the longest.
  void PutAll(Changes& changes) {
    if (!Puts()) {
      return;
    }
    std::reverse(missing_.begin(), missing_.end());
    for (const NodeView* view : missing_) {
      const api::Node& node = view->node();
      if (!view->ready || node.unschedulable || ShowsTaint(node) ||
          work_.memory.without.contains(node.meta.uid)) {
        continue;
      }
      SetOutdatedTaint action{node.meta.name,
                              node.meta.uid,
                              node.meta.resource_version,
                              owner_,
                              std::nullopt,
                              node.taints.empty()};
      if (Refused(action)) {
        continue;
      }
      const std::string uid = action.uid;
      if (!changes.Want(std::move(action))) {
        break;
      }
      work_.memory.unsettled[uid] = planning_.world().now.steady;
      work_.unfinished = true;
    }
  }

  bool Refused(const SetOutdatedTaint& action) {
    if (!work_.memory.wanted.contains(action.uid)) {
      return false;
    }
    const ActionResult* result = planning_.ResultOf(action);
    if (!IsRefused(result)) {
      return false;
    }
    work_.memory.without.insert(action.uid);
    if (++work_.memory.refused == 1) {
      work_.memory.first_refusal = Finding::Warns(
          api::FindingType::kTaintRefused,
          action.node,
          "the API server rejects the taint clusterupgrade.io/outdated on node " + action.node +
              ", so that evicted pods may land on nodes that are still to be upgraded: " +
              result->message);
    }
    return true;
  }

  const Planning& planning_;
  std::string owner_;
  bool keeps_ = false;
  int outdated_ = 0;        ///< nodes that are still to be drained
  bool elsewhere_ = false;  ///< there is another node for their pods
  std::vector<const NodeView*> begun_;
  std::vector<const NodeView*> others_;
  std::vector<const NodeView*> missing_;
  OutdatedTaints work_;
};

}  // namespace

OutdatedTaints TaintOutdatedNodes(const Planning& planning, TaintMemory memory) {
  return Taints(planning, std::move(memory)).All();
}

bool IsTainted(const api::Node& node) {
  return !OwnerOfTaint(node).empty();
}

Contribution RemoveOrphanedTaints(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                  const std::vector<const api::Node*>& tainted,
                                  const ActionResults& results,
                                  TaintMemory& memory,
                                  base::SteadyTime now) {
  Changes changes(results, memory, now);
  for (const api::Node* node : tainted) {
    std::string owner(OwnerOfTaint(*node));
    const bool owned = std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& upgrade) {
      return upgrade.second.meta.uid == owner;
    });
    if (!owned && !changes.Want(Removal(*node, std::move(owner)))) {
      break;
    }
  }
  return std::move(changes).Take();
}

}  // namespace cu::planner
