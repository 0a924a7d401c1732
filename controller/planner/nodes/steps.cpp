#include "planner/nodes/steps.hpp"

#include <algorithm>

#include "planner/nodes/attempts.hpp"
#include "planner/nodes/cordoning.hpp"
#include "planner/nodes/draining.hpp"
#include "planner/nodes/uncordoning.hpp"
#include "planner/nodes/upgrading.hpp"
#include "planner/nodes/verifying.hpp"

namespace cu::planner {

using api::NodeStep;

const StageSteps& StepsOf(const api::NodeInWork& entry) {
  const Executor& executor = ExecutorOf(entry);
  for (const auto stages : {executor.control_plane, executor.workers}) {
    for (const StageSteps& stage : stages) {
      if (stage.stage == entry.stage) {
        return stage;
      }
    }
  }
  return executor.workers.front();
}

bool HasStep(const StageSteps& stage, NodeStep step) {
  return std::find(stage.steps.begin(), stage.steps.end(), step) != stage.steps.end();
}

std::optional<NodeStep> StepAfter(const StageSteps& stage, NodeStep step) {
  const auto found = std::find(stage.steps.begin(), stage.steps.end(), step);
  return found == stage.steps.end() || std::next(found) == stage.steps.end()
             ? std::nullopt
             : std::optional(*std::next(found));
}

void MoveOn(NodeWork& work) {
  const StageSteps& stage = StepsOf(work.entry);
  std::optional<NodeStep> next = StepAfter(stage, work.entry.step);
  if (next == NodeStep::kDraining &&
      !NeedsDrain(work.planning().spec().drain, work.entry.from_version, work.entry.version)) {
    next = StepAfter(stage, *next);
  }
  if (!next) {
    work.leaves = true;
    return;
  }
  switch (*next) {
    case NodeStep::kDraining:
      return BeginDraining(work);
    case NodeStep::kUpgrading:
      return BeginAttempt(work);
    case NodeStep::kCordoning:
    case NodeStep::kVerifying:
    case NodeStep::kUncordoning:
      return MoveTo(work, *next);
  }
}

bool EndEarly(NodeWork& work) {
  const Planning& planning = work.planning();
  if (UncordonedByUser(work)) {
    Postpone(work, api::PostponeReason::kUncordonedByUser);
    return true;
  }
  if (planning.deleted()) {
    GiveBack(work, "the ClusterUpgrade is being deleted");
    return true;
  }
  if (planning.halt()) {
    GiveBack(work, NameOf(planning.halt()->reason));
    return true;
  }
  if (const Skip* skip = planning.ViewOf(work.entry.name).skip) {
    GiveBack(work, skip->text);
    return true;
  }
  const NodeView& view = planning.ViewOf(work.entry.name);
  const bool there = planning.IsAt(work.node(), planning.hop().target.text) && !view.due;
  if (there || !view.in_hop) {
    GiveBack(work, "it is already at " + work.node().kubelet_version);
    return true;
  }
  return false;
}

void AdoptTarget(NodeWork& work) {
  work.entry.version = work.planning().hop().target.text;
  work.entry.executor = work.planning().spec().executor.type;
  work.entry.run_id = work.planning().RunId();
}

NodeWork Advance(const Planning& planning, const api::NodeInWork& entry, NodeMemory memory) {
  NodeWork work(planning, entry, std::move(memory));
  work.add.Watch(WatchKind::kPodsOnNode, entry.name);
  switch (entry.step) {
    case NodeStep::kCordoning:
      AdvanceCordoning(work);
      break;
    case NodeStep::kDraining:
      AdvanceDraining(work);
      break;
    case NodeStep::kUpgrading:
      AdvanceUpgrading(work);
      break;
    case NodeStep::kVerifying:
      AdvanceVerifying(work);
      break;
    case NodeStep::kUncordoning:
      AdvanceUncordoning(work);
      break;
  }
  return work;
}

Action CordonOf(const NodeWork& work) {
  return CordonNode{work.entry.name, work.entry.uid, work.planning().Mark(), ""};
}

void WantCordon(NodeWork& work) {
  if (work.planning().MayCordon()) {
    work.add.Want(CordonOf(work));
  }
}

}  // namespace cu::planner
