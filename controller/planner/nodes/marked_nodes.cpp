#include "planner/nodes/marked_nodes.hpp"

#include "planner/executors/jobs.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/release.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/nodes/verifying.hpp"

namespace cu::planner {
namespace {

/// An entry for the release alone.
api::NodeInWork StartRelease(const Planning& planning, const ScopedNode& scoped, const char* why) {
  NodeWork work(planning, StartAfterCordon(planning, scoped), {});
  work.entry.cordon_time = planning.now();
  GiveBack(work, why);
  return work.entry;
}

/// Whether no upgrade Job runs on the node, as far as is known: it may be judged.
Asked<bool> IsQuiet(const Planning& planning, const std::string& node) {
  Asked<bool> quiet{false};
  quiet.add.Watch(WatchKind::kPodsOnNode, node);
  const NodePods* pods = planning.PodsOf(node);
  quiet.answer = pods != nullptr && LiveJobPod(planning, *pods) == nullptr &&
                 UnfinishedJobBeside(*planning.world().jobs, node, "") == nullptr;
  return quiet;
}

const StageSteps& StageOfFailure(const Planning& planning, const api::NodeFailure& failure) {
  api::NodeInWork entry;
  entry.stage = failure.stage;
  entry.executor = planning.spec().executor.type;
  return StageOf(entry);
}

/// It shows what it failed for: a stop on the way, as a rule.
bool IsAtFailed(const Planning& planning, const api::NodeFailure& failure) {
  const NodeView* view = planning.FindView(failure.name);
  return view != nullptr &&
         ShowsStage(planning, StageOfFailure(planning, failure), *view->scoped, failure.version);
}

/// It failed without a cordon that would tell us of it.
bool FailedInService(const Planning& planning, const api::NodeFailure& failure) {
  return !HasStep(StageOfFailure(planning, failure), api::NodeStep::kUncordoning);
}

/// It shows the version, but its last attempt did not do all of its work.
bool IsUnfinished(const Planning& planning, const api::NodeFailure& failure) {
  return failure.step == api::NodeStep::kUpgrading &&
         OwesRest(StageOfFailure(planning, failure), failure.node_changed);
}

/// A failed node that is Ready at its version: whether it may be verified.
Asked<bool> IsRepaired(const Planning& planning,
                       const api::NodeFailure& failure,
                       const NodeView& view) {
  // What a run is for cannot be seen on the node: only a retry brings it. So with what is missing.
  const bool not_run = (view.due && failure.step == api::NodeStep::kUpgrading) ||
                       (IsUnfinished(planning, failure) && !failure.retried);
  const bool reached = view.at_target || (!failure.retried && IsAtFailed(planning, failure));
  if (!reached || !view.ready || not_run) {
    return {false};
  }
  Asked<bool> repaired = HasRecovered(planning, failure, view.node());
  if (repaired.answer) {
    Asked<bool> quiet = IsQuiet(planning, view.name());
    repaired.add.Add(std::move(quiet.add));
    repaired.answer = quiet.answer;
  }
  return repaired;
}

bool HasRoom(const Planning& planning, const TakenUp& taken) {
  return planning.status().in_progress.size() + taken.entries.size() < kInWorkMax;
}

}  // namespace

Asked<bool> IsHealed(const Planning& planning, const std::string& node) {
  const NodeView* view = planning.FindView(node);
  if (view == nullptr || !view->ready || view->in_work) {
    return {false};
  }
  const api::NodeFailure* failure = planning.FailureOf(node);
  const bool healed = view->done() || (failure != nullptr && !failure->retried && !view->marked &&
                                       !view->due && IsAtFailed(planning, *failure));
  return healed && failure != nullptr && FailedInService(planning, *failure)
             ? HasRecovered(planning, *failure, view->node())
             : Asked<bool>{healed};
}

std::vector<std::string> HealedWithHints(const Planning& planning) {
  std::vector<std::string> names;
  for (const api::NodeFailure& failure : planning.status().failures) {
    if (failure.node_changed && IsHealed(planning, failure.name).answer &&
        ShowsHints(planning.ViewOf(failure.name).node())) {
      names.push_back(failure.name);
    }
  }
  return names;
}

TakenUp ReleaseHealed(const Planning& planning, const std::vector<std::string>& nodes) {
  TakenUp taken;
  for (const std::string& name : nodes) {
    if (HasRoom(planning, taken)) {
      taken.entries.push_back(StartRelease(
          planning, *planning.ViewOf(name).scoped, "its node hints are no longer needed"));
    }
  }
  return taken;
}

TakenUp PickUpMarkedNodes(const Planning& planning) {
  TakenUp taken;
  for (const NodeView& view : planning.nodes()) {
    if (!view.marked || view.in_work || !HasRoom(planning, taken)) {
      continue;
    }
    const api::NodeFailure* failure = planning.FailureOf(view.name());
    const bool in_service = failure != nullptr && FailedInService(planning, *failure);
    if (failure != nullptr && !in_service) {
      Asked<bool> repaired = IsRepaired(planning, *failure, view);
      taken.add.Add(std::move(repaired.add));
      if (repaired.answer) {
        taken.entries.push_back(IsUnfinished(planning, *failure)
                                    ? StartAttempt(planning, *failure)
                                    : StartVerifying(planning, *failure));
        continue;
      }
    }
    if (failure == nullptr || in_service || !failure->node_changed || planning.deleted() ||
        !view.node().unschedulable) {
      taken.entries.push_back(
          StartRelease(planning, *view.scoped, "its cordon is no longer needed"));
    }
  }
  return taken;
}

}  // namespace cu::planner
