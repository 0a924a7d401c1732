#include "planner/nodes/steps.hpp"

#include <algorithm>

#include "planner/nodes/attempts.hpp"
#include "planner/nodes/cordoning.hpp"
#include "planner/nodes/draining.hpp"
#include "planner/nodes/pulling.hpp"
#include "planner/nodes/uncordoning.hpp"
#include "planner/nodes/upgrading.hpp"
#include "planner/nodes/verifying.hpp"

namespace cu::planner {

using api::NodeStep;

bool HasStep(const StageSteps& stage, NodeStep step) {
  return std::find(stage.steps.begin(), stage.steps.end(), step) != stage.steps.end();
}

NodeStep FirstStep(const Planning& planning, const StageSteps& stage, const api::Node& node) {
  const NodeStep first = stage.steps.front();
  const bool pulls = planning.spec().executor.pre_pull && !planning.Marked(node);
  return first == NodeStep::kPulling && !pulls ? stage.steps[1] : first;
}

bool AwaitsDrain(const api::NodeInWork& entry) {
  return entry.step < NodeStep::kUpgrading && HasStep(StageOf(entry), NodeStep::kDraining);
}

std::optional<NodeStep> StepAfter(const StageSteps& stage, NodeStep step) {
  const auto found = std::find(stage.steps.begin(), stage.steps.end(), step);
  return found == stage.steps.end() || std::next(found) == stage.steps.end()
             ? std::nullopt
             : std::optional(*std::next(found));
}

void MoveOn(NodeWork& work) {
  const StageSteps& stage = StageOf(work.entry);
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
    case NodeStep::kPulling:
    case NodeStep::kCordoning:
    case NodeStep::kVerifying:
    case NodeStep::kUncordoning:
      return MoveTo(work, *next);
  }
}

namespace {

/// Whether the control plane has to go to the current hop first: an edit, or a node that somebody
/// else has upgraded, may have changed the way.
bool ComesAfterControlPlane(const Planning& planning, const NodeView& node) {
  const auto& nodes = planning.nodes();
  return !node.control_plane && std::any_of(nodes.begin(), nodes.end(), [&](const NodeView& view) {
    return view.control_plane && view.skip == nullptr && view.in_hop &&
           (view.components_behind || !planning.IsAt(view.node(), planning.hop().target.text));
  });
}

}  // namespace

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
  const bool there =
      ShowsStage(planning, StageOf(work.entry), *view.scoped, planning.hop().target.text) &&
      !view.due;
  if (there || !view.in_hop) {
    GiveBack(work, "it is already at " + work.node().kubelet_version);
    return true;
  }
  if (ComesAfterControlPlane(planning, view)) {
    GiveBack(work, "the control plane comes first");
    return true;
  }
  if (KnowsStage(planning, *view.scoped) &&
      !HasStep(NextStage(planning, *view.scoped), work.entry.step)) {
    GiveBack(work, "another stage comes first");
    return true;
  }
  return false;
}

void AdoptTarget(NodeWork& work) {
  const Planning& planning = work.planning();
  const ScopedNode& scoped = *planning.ViewOf(work.entry.name).scoped;
  work.entry.version = planning.hop().target.text;
  // A leader that begins has not seen the static pods yet.
  if (KnowsStage(planning, scoped)) {
    work.entry.stage = NextStage(planning, scoped).stage;
  }
  work.entry.executor = planning.spec().executor.type;
  work.entry.run_id = planning.RunId();
}

NodeWork Advance(const Planning& planning, const api::NodeInWork& entry, NodeMemory memory) {
  NodeWork work(planning, entry, std::move(memory));
  work.add.Watch(WatchKind::kPodsOnNode, entry.name);
  switch (entry.step) {
    case NodeStep::kPulling:
      AdvancePulling(work);
      break;
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
