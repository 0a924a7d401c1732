#include "planner/plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/labels.hpp"
#include "base/check.hpp"
#include "planner/edits.hpp"
#include "planner/executors/image_pull.hpp"
#include "planner/gates/gate.hpp"
#include "planner/gates/halt.hpp"
#include "planner/gates/work_watches.hpp"
#include "planner/model/history.hpp"
#include "planner/model/intent.hpp"
#include "planner/model/warnings.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/deleted_nodes.hpp"
#include "planner/nodes/marked_nodes.hpp"
#include "planner/nodes/outdated_taints.hpp"
#include "planner/nodes/recovering.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/pod_judge.hpp"
#include "planner/pods/saved_pods.hpp"
#include "planner/report/bounds.hpp"
#include "planner/report/conditions.hpp"
#include "planner/report/counts.hpp"
#include "planner/target/skew.hpp"
#include "planner/tokens/token_watch.hpp"

namespace cu::planner {
namespace {

/// status.failures holds no more (crds/: maxItems).
constexpr std::size_t kFailuresMax = 100;
constexpr std::size_t kRefusalsMax = 20;

Planning PlanningOf(const World& world, Memory& memory) {
  api::ClusterUpgradeStatus status = EditedStatus(world, memory);
  std::optional<Hold> halt = FindHalt(world, status);
  return {world, std::move(status), std::move(halt)};
}

/// Merges what the parts contribute, one after the other, so that each sees what the ones before it
/// have decided. Nobody else changes the status in the making.
class Builder {
 public:
  Builder(const World& world, Memory memory)
      : memory_(std::move(memory)),
        planning_(PlanningOf(world, memory_)),
        overflow_{std::move(memory_.reported), {}} {}

  const Planning& planning() const { return planning_; }

  void NoteRun() {
    const api::Run* run = planning_.run();
    status().run = run == nullptr ? std::nullopt : std::optional(*run);
  }

  void JudgePods() {
    planning_.SetPods(PodJudge(planning_.world(), memory_.saved_pods.deleted).JudgeAll());
  }

  void AdvanceNodes() {
    std::vector<std::string> names;
    for (const api::NodeInWork& entry : status().in_progress) {
      names.push_back(entry.name);
    }
    for (const std::string& name : names) {
      const api::NodeInWork* entry = planning_.EntryOf(name);
      CU_CHECK(entry != nullptr);
      Merge(Advance(planning_, *entry, std::move(memory_.nodes[entry->uid])));
    }
    NoteAdoption(status(), planning_.target().text, planning_.now());
  }

  /// Before nodes are started: a place that is taken by a new node is free.
  void AwaitReplacements() {
    DeletedNodes found = FindReplacements(planning_);
    status().deleted_nodes = std::move(found.nodes);
    for (api::NodeFailure& failure : found.failures) {
      Record(std::move(failure));
    }
    std::erase_if(status().failures, [&](const auto& failure) {
      return failure.reason == api::FailureReason::kNotReplaced &&
             PlaceOf(status(), failure) == nullptr;
    });
    Merge(std::move(found.add));
  }

  void TakeUpNodes() {
    const std::vector<std::string> hinted = HealedWithHints(planning_);
    ForgetHealed();
    Merge(ReleaseHealed(planning_, hinted));
    Merge(PickUpMarkedNodes(planning_));
  }

  void TendWorkloads() {
    Recovery recovery = planner::TendWorkloads(planning_, std::move(memory_.recovery));
    status().recovering = std::move(recovery.workloads);
    memory_.recovery = std::move(recovery.memory);
    Merge(std::move(recovery.add));
  }

  void WarnOfVersions() {
    Contribution add;
    for (const NodeView& view : planning_.nodes()) {
      if (view.skip != nullptr && view.skip->reason == api::SkipReason::kNewerThanTarget) {
        add.Warn(Finding::Warns(api::FindingType::kNewerThanTarget,
                                view.name(),
                                "node " + view.name() + " is skipped: " + view.skip->text));
      }
    }
    if (!planning_.halt()) {
      for (const SkewWarning& skew :
           FindSkew(planning_.scope(), planning_.world().server_version)) {
        add.Warn(Finding::Warns(api::FindingType::kSkewViolated, skew.version, skew.text));
      }
    }
    Merge(std::move(add));
  }

  void StartNodes() {
    Passage passage = AskGates(planning_, std::move(memory_.gates));
    memory_.gates = std::move(passage.memory);
    if (passage.warnings) {
      AddPreflightWarnings(status(),
                           passage.warnings->findings,
                           passage.warnings->more,
                           planning_.HasBegun(),
                           overflow_);
    }
    Merge(std::move(passage.add));
    for (const NodeView* view : passage.start) {
      BeginRun(status(), planning_.target().text, planning_.now());
      Begin(StartWork(planning_, *view->scoped));
    }
    holds_ = std::move(passage.holds);
  }

  void TaintNodes() {
    OutdatedTaints taints = TaintOutdatedNodes(planning_, std::move(memory_.taints));
    status().outdated_tainted = taints.unfinished;
    memory_.taints = std::move(taints.memory);
    plan_.actions.insert(plan_.actions.begin(),
                         std::make_move_iterator(taints.first.begin()),
                         std::make_move_iterator(taints.first.end()));
    Merge(std::move(taints.add));
  }

  void WatchWork() { Merge(WatchesOfWork(planning_)); }

  void TendTokens() {
    const bool nodes_may_start = holds_.empty() || holds_.front().kind == Hold::Kind::kPassing;
    tokens_ = WatchTokens(
        planning_, nodes_may_start, std::move(memory_.tokens), std::move(memory_.refresh));
    status().token_refresh = tokens_.status;
    memory_.tokens = std::move(tokens_.memory);
    memory_.refresh = std::move(tokens_.refresh);
    Merge(std::move(tokens_.add));
  }

  void CareForPods() {
    SavedPodsWork work = CareForSavedPods(planning_, std::move(memory_.saved_pods));
    status().saved_pods = work.count;
    status().saved_digests = std::move(work.digests);
    memory_.saved_pods = std::move(work.memory);
    Merge(std::move(work.add));
  }

  /// Finished Jobs of ours whose verdict is in the status go away after an hour, those that pulled
  /// images at once.
  void TidyJobs() {
    const auto& entries = planning_.upgrade().status.in_progress;
    for (const auto& [key, job] : *planning_.world().jobs) {
      const std::string& name = job.meta.name;
      const bool judged = std::none_of(entries.begin(), entries.end(), [&](const auto& entry) {
        return entry.step == api::NodeStep::kUpgrading && entry.job_name == name &&
               !entry.retry_time;
      });
      if ((job.complete || job.failed) && !job.ttl_seconds && judged) {
        plan_.Want(ExpireJob{name, job.meta.uid});
      }
    }
    std::vector<Action> idle = DeleteIdlePulls(planning_);
    std::move(idle.begin(), idle.end(), std::back_inserter(plan_.actions));
  }

  /// Our finalizer while work of any kind is unfinished, and only then: before the first cordon,
  /// until the last release.
  void HoldObject() {
    const bool wanted = HasUnfinishedWork(planning_.status());
    if (planning_.has_finalizer() == wanted || (wanted && planning_.deleted())) {
      return;
    }
    const api::Metadata& meta = planning_.upgrade().meta;
    SetFinalizer action{meta.name, meta.uid, meta.finalizers};
    if (wanted) {
      action.wanted.emplace_back(api::kFinalizer);
    } else {
      std::erase(action.wanted, std::string(api::kFinalizer));
    }
    plan_.actions.insert(plan_.actions.begin(), std::move(action));
  }

  void Report() {
    NodeCounts counts = CountNodes(planning_);
    status().nodes = counts.nodes;
    status().progress = std::move(counts.progress);
    status().hops = std::move(counts.hops);
    status().current_hop = std::move(counts.current_hop);
    ConditionsReport report =
        MakeConditions(planning_, holds_, memory_.gates.refused_nodes, tokens_);
    status().conditions = std::move(report.conditions);
    if (report.ready) {
      CompleteRun(status(), planning_.target().text, planning_.now());
    }
  }

  void ReportBystander() {
    status().conditions =
        ConditionsOfBystander(planning_, OldestUpgrade(planning_.world()).meta.name);
  }

  Plan Take(int level) && {
    TidyMemory();
    Plan plan;
    plan.actions = std::move(plan_.actions);
    plan.watches = std::move(plan_.watches);
    plan.wake_at = plan_.wake_at;
    plan.refusals = std::move(plan_.refusals);
    plan.refusals.resize(std::min(plan.refusals.size(), kRefusalsMax));
    plan.overflow = std::move(overflow_.findings);
    plan.memory = std::move(memory_);
    plan.memory.reported = std::move(overflow_.reported);
    plan.status = WithinBounds(planning_.TakeStatus(), level);
    // The epoch goes into the status together with an intent, and before any action.
    if (!plan.actions.empty() || !SameIntent(planning_.upgrade().status, plan.status)) {
      plan.status.epoch = planning_.world().self.epoch;
    }
    return plan;
  }

 private:
  api::ClusterUpgradeStatus& status() { return planning_.mutable_status(); }

  void Merge(Contribution add) {
    AddWarnings(status(), add.warnings, planning_.HasBegun(), overflow_);
    add.warnings.clear();
    plan_.Add(std::move(add));
  }

  void Merge(TakenUp taken) {
    Merge(std::move(taken.add));
    for (api::NodeInWork& entry : taken.entries) {
      Begin(std::move(entry));
    }
  }

  void Begin(api::NodeInWork entry) {
    const std::string name = entry.name;
    status().in_progress.push_back(std::move(entry));
    planning_.Update(name);
  }

  void Merge(NodeWork work) {
    const std::string name = work.entry.name;
    memory_.nodes[work.entry.uid] = std::move(work.memory);
    auto& in_progress = status().in_progress;
    const auto entry = std::find_if(
        in_progress.begin(), in_progress.end(), [&](const auto& one) { return one.name == name; });
    if (work.leaves) {
      in_progress.erase(entry);
    } else {
      *entry = std::move(work.entry);
    }
    if (work.failure) {
      Record(*std::move(work.failure));
    }
    if (work.postponed) {
      ForgetPostponement(name);
      status().postponed.push_back(*std::move(work.postponed));
    }
    planning_.Update(name);
    Merge(std::move(work.add));
  }

  void Record(api::NodeFailure failure) {
    ForgetPostponement(failure.name);
    auto& failures = status().failures;
    std::erase_if(failures, [&](const auto& other) { return other.name == failure.name; });
    if (failures.size() >= kFailuresMax) {
      failures.erase(LeastNeeded(failures));
    }
    failures.push_back(std::move(failure));
  }

  /// Of a node that has fresh attempts, or else of one that is skipped: no others can be so many
  /// (spec.failurePolicy.maxFailedNodes).
  std::vector<api::NodeFailure>::const_iterator LeastNeeded(
      const std::vector<api::NodeFailure>& failures) const {
    const auto retried = std::find_if(
        failures.begin(), failures.end(), [](const auto& failure) { return failure.retried; });
    if (retried != failures.end()) {
      return retried;
    }
    const auto skipped = std::find_if(failures.begin(), failures.end(), [&](const auto& failure) {
      const NodeView* view = planning_.FindView(failure.name);
      return view != nullptr && view->skip != nullptr;
    });
    return skipped == failures.end() ? failures.begin() : skipped;
  }

  void ForgetPostponement(const std::string& name) {
    std::erase_if(status().postponed, [&](const auto& entry) { return entry.name == name; });
  }

  void ForgetHealed() {
    std::vector<std::string> healed;
    const auto forget = [&](const auto& entry) {
      Asked<bool> is_healed = IsHealed(planning_, entry.name);
      Merge(std::move(is_healed.add));
      if (!is_healed.answer) {
        return false;
      }
      healed.push_back(entry.name);
      return true;
    };
    std::erase_if(status().failures, forget);
    std::erase_if(status().postponed, forget);
    for (const std::string& name : healed) {
      planning_.Update(name);
    }
  }

  /// Memory of a node lasts as long as it is in work, durably or by this plan.
  void TidyMemory() {
    const auto in_work = [&](const std::string& uid) {
      const auto same = [&](const auto& entry) { return entry.uid == uid; };
      const auto& before = planning_.upgrade().status.in_progress;
      const auto& after = planning_.status().in_progress;
      return std::any_of(before.begin(), before.end(), same) ||
             std::any_of(after.begin(), after.end(), same);
    };
    std::erase_if(memory_.nodes, [&](const auto& node) { return !in_work(node.first); });
  }

  Memory memory_;
  Planning planning_;
  WarningOverflow overflow_;
  Contribution plan_;
  std::vector<Hold> holds_;
  TokenWork tokens_;
};

/// Not the oldest, and without anything of its own to be seen through.
bool IsBystander(const Planning& planning) {
  return planning.halt() && planning.halt()->reason == api::HoldReason::kAnotherClusterUpgrade &&
         !HasUnfinishedWork(planning.status());
}

}  // namespace

Plan MakePlan(const World& world, Memory memory, int level) {
  Builder plan(world, std::move(memory));
  if (IsBystander(plan.planning())) {
    plan.ReportBystander();
    plan.HoldObject();
    return std::move(plan).Take(level);
  }
  plan.NoteRun();
  plan.JudgePods();
  plan.AdvanceNodes();
  plan.AwaitReplacements();
  plan.TakeUpNodes();
  plan.TendWorkloads();
  plan.WarnOfVersions();
  plan.StartNodes();
  plan.TaintNodes();
  plan.WatchWork();
  plan.TendTokens();
  plan.CareForPods();
  plan.TidyJobs();
  plan.HoldObject();
  plan.Report();
  return std::move(plan).Take(level);
}

}  // namespace cu::planner
