#include "planner/tokens/replacing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/natural_order.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::LaggardReason;
using std::chrono::seconds;
using Kind = RefreshStep::Kind;

/// A right that was given just now may not be known to every API server.
constexpr auto kRefusedFor = seconds(60);

bool IsOnReadyNode(const Planning& planning, const api::Pod& pod) {
  const api::Node* node = planning.FindNode(pod.node_name);
  return node != nullptr && node->ready;
}

std::optional<WhyLeft> WhyMayNotGo(const Planning& planning, const api::Pod& pod) {
  const api::DrainSpec& drain = planning.spec().drain;
  if (drain.skip_pods && drain.skip_pods->Matches(pod.meta.labels)) {
    return WhyLeft{LaggardReason::kSkipped, "spec.drain.skipPods selects pod " + pod.meta.Key()};
  }
  if (drain.skip_pods && pod.oversized) {
    return WhyLeft{LaggardReason::kSkipped,
                   "whether spec.drain.skipPods selects pod " + pod.meta.Key() +
                       " is not known: its labels take more memory than is kept"};
  }
  if (pod.has_empty_dir && drain.empty_dir_pods == api::EmptyDirPods::kRefuse) {
    return WhyLeft{LaggardReason::kEmptyDirData,
                   "pod " + pod.meta.Key() +
                       " has emptyDir data, which would be erased; save the data and delete the "
                       "pod, or change spec.drain.emptyDirPods (Refuse)"};
  }
  // It would stay there as a pod that is being deleted.
  if (!IsOnReadyNode(planning, pod)) {
    return WhyLeft{LaggardReason::kNodeNotReady,
                   "the node of pod " + pod.meta.Key() + " is not Ready: repair it"};
  }
  return std::nullopt;
}

bool GoesBefore(const api::Pod& a, const api::Pod& b) {
  if (a.ready != b.ready) {
    return b.ready;
  }
  const bool ordered = a.meta.controller && a.meta.controller->kind == api::kStatefulSetKind;
  if (!ordered && a.meta.created != b.meta.created) {
    return a.meta.created < b.meta.created;
  }
  return base::NaturalLess{}(ordered ? b.meta.name : a.meta.name,
                             ordered ? a.meta.name : b.meta.name);
}

/// An eviction that may have been accepted, and that its watch has not shown yet, comes first: it
/// stays wanted, and no other pod goes meanwhile.
const api::Pod* NextOf(const Planning& planning, const std::vector<const api::Pod*>& stale) {
  const api::Pod* next = nullptr;
  for (const api::Pod* pod : stale) {
    if (IsLeaving(planning.world(), *pod)) {
      return pod;
    }
    const bool may_go = !WhyMayNotGo(planning, *pod);
    if (may_go && (next == nullptr || GoesBefore(*pod, *next))) {
      next = pod;
    }
  }
  return next;
}

class Replacing {
 public:
  Replacing(const Planning& planning, const WorkloadView& view, api::WorkloadInWork& entry)
      : planning_(planning), view_(view), entry_(entry) {
    const int left = static_cast<int>(view.stale.size());
    if (left < entry.left) {
      entry.progress = planning.now();
    }
    entry.left = left;
    entry.old = std::max(entry.old, left);
    live_ = static_cast<int>(view.live.size());
    asked_ = AskedFor();
    needed_ = asked_;
    if (entry.workload.kind == api::kDaemonSetKind) {
      // Each belongs to its node.
      needed_ -= static_cast<int>(
          std::count_if(view.live.begin(), view.live.end(), [&](const api::Pod* pod) {
            return !pod->ready && !IsOnReadyNode(planning, *pod);
          }));
    }
  }

  RefreshStep Advance(const PodJudge& judge, std::optional<base::SteadyTime>& whole_since) {
    if (!IsWhole()) {
      whole_since.reset();
    } else if (!whole_since) {
      whole_since = planning_.world().now.steady;
    }
    const bool lasts = whole_since && HasLasted(*whole_since);
    if (view_.stale.empty()) {
      return lasts ? Done() : Await();
    }
    if (entry_.method == api::RefreshMethod::kRestart) {
      return Restart();
    }
    const api::Pod* next = NextOf(planning_, view_.stale);
    if (next == nullptr) {
      const auto why = WhyNoneMayGo(planning_, view_);
      return IsWhole() && why ? Lags(why->reason, why->message) : Await();
    }
    const bool first = entry_.left == entry_.old && IsWhole();
    const bool nothing_lost = !next->ready && live_ >= asked_;
    const bool goes = IsLeaving(planning_.world(), *next);
    return lasts || first || nothing_lost || goes ? Evict(judge, *next) : Await();
  }

 private:
  /// How many pods there are to be. Nobody makes others for a pod alone or for a Job, nor for what
  /// is not there any more.
  int AskedFor() const {
    if (view_.gone || IsPodAlone(entry_.workload) || entry_.workload.kind == "Job") {
      return 0;
    }
    return view_.asked.value_or(entry_.pods);
  }

  bool IsWhole() const { return live_ >= asked_ && view_.ready >= needed_; }

  bool HasLasted(base::SteadyTime since) {
    const base::SteadyTime until =
        since + seconds(planning_.spec().token_refresh.min_ready_seconds);
    if (planning_.world().now.steady >= until) {
      return true;
    }
    step_.add.WakeAt(until);
    return false;
  }

  std::string Replaced() const {
    return std::to_string(entry_.old - entry_.left) + " of " + std::to_string(entry_.old) +
           (entry_.old == 1 ? " pod is replaced" : " pods are replaced");
  }

  RefreshStep Done() {
    step_.kind = Kind::kDone;
    return std::move(step_);
  }

  RefreshStep Lags(LaggardReason reason, std::string message) {
    step_.kind = Kind::kLags;
    step_.laggard = reason;
    step_.message = std::move(message);
    return std::move(step_);
  }

  /// Since its last progress.
  bool HasPassed(seconds time) {
    Asked<bool> over = planning_.HasPassed(entry_.progress + time);
    step_.add.Add(std::move(over.add));
    return over.answer;
  }

  bool TimeIsOver() {
    const api::TokenRefreshSpec& spec = planning_.spec().token_refresh;
    return HasPassed(seconds(spec.timeout_seconds) + seconds(spec.min_ready_seconds));
  }

  /// A pod that is not old and should be Ready; null if there is none.
  const api::Pod* UnreadyReplacement() const {
    const auto found = std::find_if(view_.live.begin(), view_.live.end(), [&](const auto* pod) {
      const auto& stale = view_.stale;
      return !pod->ready && std::find(stale.begin(), stale.end(), pod) == stale.end();
    });
    return found == view_.live.end() ? nullptr : *found;
  }

  /// For its pods to be there and Ready.
  RefreshStep Await() {
    const bool fewer = live_ < asked_;
    entry_.message =
        Replaced() + "; " +
        (fewer ? std::to_string(live_) + " of " + std::to_string(asked_) + " pods are there"
               : std::to_string(view_.ready) + " of " + std::to_string(needed_) +
                     " pods are Ready" + (IsWhole() ? ", for tokenRefresh.minReadySeconds" : ""));
    if (IsWhole() || !TimeIsOver()) {
      return std::move(step_);
    }
    const bool touched = entry_.left < entry_.old;
    const api::Pod* unready = UnreadyReplacement();
    if (!touched || (!fewer && unready == nullptr)) {
      return Lags(LaggardReason::kUnhealthy, entry_.message);
    }
    if (fewer && !view_.asked && live_ > entry_.left) {
      // Some came back, so somebody makes them: of a kind that nobody can ask it was scaled down.
      entry_.pods = live_;
      entry_.progress = planning_.now();
      return std::move(step_);
    }
    step_.kind = Kind::kFailed;
    step_.failure =
        fewer ? api::RefreshFailure::kNotReplaced : api::RefreshFailure::kReplacementNotReady;
    step_.message = entry_.message;
    if (unready != nullptr) {
      step_.message += "; pod " + unready->meta.Key() +
                       (unready->problem.empty() ? " is not Ready" : ": " + unready->problem);
    }
    return std::move(step_);
  }

  /// Pods created up to then are to be replaced.
  base::WallTime SinceWhen() const {
    const api::TokenChange& change = *planning_.status().token_refresh->change;
    return std::max(change.since.value_or(base::WallTime{}),
                    change.authority_since.value_or(base::WallTime{}));
  }

  RefreshStep Restart() {
    const api::WorkloadObject* object = view_.object;
    if (object == nullptr || object->restarted >= SinceWhen()) {
      return AwaitRollout();
    }
    Action action = RestartWorkload{
        entry_.workload, object->meta.uid, object->meta.resource_version, SinceWhen()};
    const ActionResult* result = planning_.ResultOf(action);
    if (IsRefused(result) && HasPassed(kRefusedFor)) {
      return result->outcome == Outcome::kForbidden
                 ? Lags(
                       LaggardReason::kRightMissing,
                       result->message + " (its role is in deploy/optional/refresh-workloads.yaml)")
                 : Lags(LaggardReason::kRefused, result->message);
    }
    entry_.message = Replaced() + "; it is being restarted";
    step_.add.Want(std::move(action));
    return std::move(step_);
  }

  RefreshStep AwaitRollout() {
    if (!IsWhole()) {
      return Await();
    }
    entry_.message = Replaced() + "; its rollout is awaited";
    if (TimeIsOver()) {
      return Lags(LaggardReason::kNotRolledOut,
                  Replaced() + "; see kubectl rollout status " + entry_.workload.kind + "/" +
                      entry_.workload.name + " --namespace " + entry_.workload.ns);
    }
    return std::move(step_);
  }

  RefreshStep Evict(const PodJudge& judge, const api::Pod& pod) {
    PodPlan plan;
    plan.pod = &pod;
    plan.budgets = judge.BudgetsOf(pod);
    DrainRound round = NextEvictions(planning_.world(), {&plan}, Means::kEvict);
    entry_.message = Replaced();
    if (!round.obstacles.empty()) {
      entry_.message += "; " + DescribeObstacle(round.obstacles.front());
    }
    if (TimeIsOver()) {
      const bool of_budget = !round.obstacles.empty() && round.obstacles.front().by.kind ==
                                                             api::BlockerKind::kPodDisruptionBudget;
      return Lags(of_budget ? LaggardReason::kBudgetBlocked : LaggardReason::kRefused,
                  entry_.message);
    }
    for (Action& action : round.actions) {
      step_.add.Want(std::move(action));
    }
    return std::move(step_);
  }

  const Planning& planning_;
  const WorkloadView& view_;
  api::WorkloadInWork& entry_;
  int live_ = 0;
  int asked_ = 0;
  int needed_ = 0;  ///< Ready pods
  RefreshStep step_;
};

}  // namespace

std::optional<WhyLeft> WhyNoneMayGo(const Planning& planning, const WorkloadView& view) {
  std::optional<WhyLeft> first;
  for (const api::Pod* pod : view.stale) {
    std::optional<WhyLeft> why = WhyMayNotGo(planning, *pod);
    if (!why) {
      return std::nullopt;
    }
    if (!first) {
      first = std::move(why);
    }
  }
  return first;
}

RefreshStep ReplaceOldPods(const Planning& planning,
                           const PodJudge& judge,
                           const WorkloadView& view,
                           api::WorkloadInWork& entry,
                           std::optional<base::SteadyTime>& whole_since) {
  return Replacing(planning, view, entry).Advance(judge, whole_since);
}

}  // namespace cu::planner
