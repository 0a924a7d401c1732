#include "planner/tokens/refreshing.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "api/reasons.hpp"
#include "planner/tokens/looks.hpp"
#include "planner/tokens/methods.hpp"
#include "planner/tokens/replacing.hpp"

namespace cu::planner {
namespace {

using api::LaggardReason;
using api::TokenPhase;
using api::WorkloadInWork;

constexpr auto kTryAgain = std::chrono::minutes(5);

class Refreshing {
 public:
  Refreshing(const Planning& planning, bool nodes_may_start, TokenWork& work)
      : planning_(planning),
        nodes_wait_(nodes_may_start && NodesAreInTurn()),
        work_(work),
        status_(*work.status),
        memory_(work.refresh),
        views_(planning, *status_.change) {}

  void Run() {
    const bool stands = planning_.paused() || planning_.halt();
    const bool was_at_work = std::exchange(memory_.at_work, !stands && !AwaitsNodes());
    if (!stands && !memory_.at_work) {
      status_.phase = TokenPhase::kNodesFirst;
      return;
    }
    work_.add.Watch(WatchKind::kSurvey, "");
    const TokenLook* look = AnsweringLook(planning_);
    if (stands) {
      return Stand(look);
    }
    if (!was_at_work) {
      RestartClocks();
    }
    AdvanceAll();
    if (look == nullptr) {
      return AwaitLook();
    }
    if (memory_.look != look->began) {
      memory_.look = look->began;
      memory_.done.clear();
      memory_.last.clear();
    }
    const bool stopped = TooManyFailed();
    if (!stopped) {
      TakeUp(*look);
    }
    Conclude(*look, stopped);
  }

 private:
  bool NodesAreInTurn() const {
    const auto& nodes = planning_.nodes();
    return std::any_of(
        nodes.begin(), nodes.end(), [](const NodeView& view) { return view.IsInTurn(); });
  }

  bool IsSoft() const { return status_.change->urgency == api::TokenUrgency::kSoft; }

  bool AwaitsNodes() const {
    return !planning_.status().in_progress.empty() ||
           (IsSoft() && nodes_wait_ && status_.in_progress.empty());
  }

  /// Paused or halted: as with mode Report.
  void Stand(const TokenLook* look) {
    status_.phase = TokenPhase::kStale;
    if (look != nullptr) {
      NoteLook(*look, status_);
      EndIfFresh(*look);
    }
  }

  bool EndIfFresh(const TokenLook& look) {
    if (look.pods.stale > 0) {
      return false;
    }
    status_.phase = TokenPhase::kCurrent;
    if (look.pods.skipped == 0) {
      Complete(planning_.now(), status_);
    }
    return true;
  }

  /// Nobody has worked on them meanwhile: after an interruption, or for this leader the first time.
  void RestartClocks() {
    for (WorkloadInWork& entry : status_.in_progress) {
      entry.progress = planning_.now();
    }
  }

  /// What was concluded before holds until then.
  bool IsConcluded() const {
    return status_.phase == TokenPhase::kCurrent || status_.phase == TokenPhase::kBlocked ||
           status_.phase == TokenPhase::kFailed;
  }

  void AwaitLook() {
    if (!status_.in_progress.empty()) {
      status_.phase = TokenPhase::kRefreshing;
    } else if (!IsConcluded()) {
      status_.phase = TokenPhase::kProving;
    }
  }

  bool TooManyFailed() const {
    return static_cast<int>(status_.failures.size()) > planning_.spec().token_refresh.max_failed;
  }

  void AdvanceAll() {
    if (status_.in_progress.empty()) {
      return;
    }
    const std::set<std::string> none_deleted;
    const PodJudge judge(planning_.world(), none_deleted);
    const auto before = std::exchange(memory_.whole_since, {});
    std::vector<WorkloadInWork> still;
    for (WorkloadInWork& entry : std::exchange(status_.in_progress, {})) {
      const WorkloadView view = views_.Of(entry.workload, work_.add);
      if (!view.known) {
        entry.message = "waiting for its pods to be listed";
        still.push_back(std::move(entry));
        continue;
      }
      // The spec, or an annotation, may have changed.
      if (!views_.InScope(entry.workload) || Leave(entry.workload, view)) {
        continue;
      }
      const auto since = before.find(entry.workload);
      std::optional<base::SteadyTime> whole_since;
      if (since != before.end()) {
        whole_since = since->second;
      }
      RefreshStep step = ReplaceOldPods(planning_, judge, view, entry, whole_since);
      work_.add.Add(std::move(step.add));
      memory_.replaced = memory_.replaced || entry.left < entry.old;
      if (step.kind != RefreshStep::Kind::kGoesOn) {
        End(std::move(entry.workload), std::move(step));
        continue;
      }
      if (whole_since) {
        memory_.whole_since[entry.workload] = *whole_since;
      }
      still.push_back(std::move(entry));
    }
    status_.in_progress = std::move(still);
  }

  void End(api::Workload workload, RefreshStep step) {
    switch (step.kind) {
      case RefreshStep::Kind::kGoesOn:
        return;
      case RefreshStep::Kind::kDone:
        ++status_.replaced;
        memory_.laggards.erase(workload);
        memory_.done.insert(std::move(workload));
        return;
      case RefreshStep::Kind::kLags:
        Lag(workload, {step.laggard, std::move(step.message)});
        return;
      case RefreshStep::Kind::kFailed:
        memory_.laggards.erase(workload);
        status_.failures.push_back(
            {std::move(workload), step.failure, std::move(step.message), planning_.now()});
        return;
    }
  }

  void Lag(const api::Workload& workload, WhyLeft why) {
    memory_.laggards[workload] = {why.reason, std::move(why.message), planning_.world().now.steady};
  }

  /// It is not to be touched, or not to be judged.
  bool Leave(const api::Workload& workload, const WorkloadView& view) {
    if (view.denied) {
      Lag(workload,
          {LaggardReason::kRightMissing,
           "the controller may not read it (its role is in deploy/rbac.yaml)"});
      return true;
    }
    ChosenMethod chosen = ChooseMethod(planning_.spec().token_refresh, workload, view);
    if (chosen.left) {
      Lag(workload, std::move(*chosen.left));
    }
    return chosen.left.has_value();
  }

  bool IsAlone(const TokenLook& look, const api::Workload& workload) const {
    return workload.ns == kSystemNamespace ||
           std::any_of(look.workloads.begin(), look.workloads.end(), [&](const auto& found) {
             return found.alone && found.workload == workload;
           });
  }

  /// kFirst: not tried yet. kUnhealthy: has too few Ready pods. kAgain: was left for long enough.
  enum class Turn { kFirst, kUnhealthy, kAgain, kNone };

  Turn TurnOf(const api::Workload& workload) const {
    const auto same = [&](const auto& entry) { return entry.workload == workload; };
    if (memory_.done.contains(workload) ||
        std::any_of(status_.in_progress.begin(), status_.in_progress.end(), same) ||
        std::any_of(status_.failures.begin(), status_.failures.end(), same)) {
      return Turn::kNone;
    }
    const auto laggard = memory_.laggards.find(workload);
    if (laggard != memory_.laggards.end()) {
      return planning_.world().now.steady < laggard->second.since + kTryAgain ? Turn::kNone
                                                                              : Turn::kAgain;
    }
    return memory_.last.contains(workload) ? Turn::kUnhealthy : Turn::kFirst;
  }

  void TakeUp(const TokenLook& look) {
    const auto& in_progress = status_.in_progress;
    const bool alone = std::any_of(in_progress.begin(), in_progress.end(), [&](const auto& entry) {
      return IsAlone(look, entry.workload);
    });
    // Nodes that came meanwhile are not kept waiting.
    if (alone || (IsSoft() && nodes_wait_)) {
      return;
    }
    const bool first = status_.replaced == 0 && status_.failures.empty();
    const int most = first ? 1 : planning_.spec().token_refresh.max_concurrent;
    for (const Turn turn : {Turn::kFirst, Turn::kUnhealthy, Turn::kAgain}) {
      if (!TakeUp(look, turn, most)) {
        return;
      }
    }
  }

  /// Whether there may be a place left for others.
  bool TakeUp(const TokenLook& look, Turn turn, int most) {
    return std::all_of(look.workloads.begin(), look.workloads.end(), [&](const auto& found) {
      if (TurnOf(found.workload) != turn) {
        return true;
      }
      const int taken = static_cast<int>(status_.in_progress.size()) + looking_;
      if (taken >= most || (found.alone && taken > 0)) {
        return false;
      }
      return !Consider(found.workload, turn) || !found.alone;
    });
  }

  /// Whether it takes a place: it is taken up, or not known yet.
  bool Consider(const api::Workload& workload, Turn turn) {
    const WorkloadView view = views_.Of(workload, work_.add);
    if (!view.known) {
      ++looking_;
      return true;
    }
    if (view.stale.empty()) {
      memory_.laggards.erase(workload);
      memory_.done.insert(workload);
      return false;
    }
    if (Leave(workload, view)) {
      return false;
    }
    if (auto why = WhyNoneMayGo(planning_, view)) {
      Lag(workload, std::move(*why));
      return false;
    }
    const int live = static_cast<int>(view.live.size());
    const int pods = std::max(live, view.asked.value_or(live));
    if (turn == Turn::kFirst && view.ready < pods) {
      memory_.last.insert(workload);
      return false;
    }
    WorkloadInWork entry;
    entry.workload = workload;
    entry.method = ChooseMethod(planning_.spec().token_refresh, workload, view).method;
    entry.pods = pods;
    entry.old = entry.left = static_cast<int>(view.stale.size());
    entry.start = entry.progress = planning_.now();
    entry.message = "its turn has come";
    status_.in_progress.push_back(std::move(entry));
    return true;
  }

  void Conclude(const TokenLook& look, bool stopped) {
    const bool idle = status_.in_progress.empty();
    if (idle && looking_ > 0 && IsConcluded()) {
      return;
    }
    NoteLook(look, status_);
    TellLaggards(look);
    if (!idle) {
      status_.phase = OnlyTriesAgain() ? TokenPhase::kBlocked : TokenPhase::kRefreshing;
    } else if (stopped) {
      status_.phase = TokenPhase::kFailed;
    } else if (looking_ > 0) {
      status_.phase = TokenPhase::kRefreshing;
    } else if (!EndIfFresh(look)) {
      LookAgainOrWait();
    }
  }

  /// Everything in work was left before.
  bool OnlyTriesAgain() const {
    return std::all_of(
        status_.in_progress.begin(), status_.in_progress.end(), [&](const auto& entry) {
          return memory_.laggards.contains(entry.workload);
        });
  }

  /// All that can be done with this look is done.
  void LookAgainOrWait() {
    const base::SteadyTime now = planning_.world().now.steady;
    const bool lately = memory_.looked_again && now < *memory_.looked_again + kTryAgain;
    if (memory_.replaced || (!memory_.done.empty() && !lately)) {
      ++status_.round;
      status_.phase = TokenPhase::kProving;
      memory_.replaced = false;
      memory_.looked_again = now;
      return;
    }
    status_.phase = status_.pods.stale == 0 ? TokenPhase::kCurrent : TokenPhase::kBlocked;
    for (const auto& [workload, laggard] : memory_.laggards) {
      if (laggard.since + kTryAgain > now) {
        work_.add.WakeAt(laggard.since + kTryAgain);
      }
    }
  }

  std::optional<WhyLeft> WhyLaggard(const api::Workload& workload) const {
    const auto& failures = status_.failures;
    const auto failed = std::find_if(failures.begin(), failures.end(), [&](const auto& failure) {
      return failure.workload == workload;
    });
    if (failed != failures.end()) {
      return WhyLeft{LaggardReason::kFailed, NameOf(failed->reason) + ": " + failed->message};
    }
    const auto laggard = memory_.laggards.find(workload);
    return laggard == memory_.laggards.end()
               ? std::nullopt
               : std::optional(WhyLeft{laggard->second.reason, laggard->second.message});
  }

  /// What is left, and why; what is left on purpose does not count as old.
  void TellLaggards(const TokenLook& look) {
    status_.laggards.clear();
    status_.laggards_total = look.more ? 1 : 0;
    for (const StaleWorkload& found : look.workloads) {
      if (memory_.done.contains(found.workload)) {
        continue;
      }
      ++status_.laggards_total;
      const std::optional<WhyLeft> why = WhyLaggard(found.workload);
      if (why && why->reason == LaggardReason::kSkipped) {
        status_.pods.stale -= found.pods;
        status_.pods.skipped += found.pods;
      }
      if (status_.laggards.size() < kLaggardsMost) {
        status_.laggards.push_back(LaggardLine(found) +
                                   (why ? ": " + NameOf(why->reason) + ": " + why->message : ""));
      }
    }
  }

  const Planning& planning_;
  bool nodes_wait_;  ///< for their turn, and it will come
  TokenWork& work_;
  api::TokenRefreshStatus& status_;
  RefreshMemory& memory_;
  WorkloadViews views_;
  int looking_ = 0;  ///< at so many workloads that are next
};

}  // namespace

void RefreshWorkloads(const Planning& planning, bool nodes_may_start, TokenWork& work) {
  Refreshing(planning, nodes_may_start, work).Run();
}

}  // namespace cu::planner
