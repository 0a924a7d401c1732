#include "planner/nodes/pulling.hpp"

#include <utility>

#include "planner/executors/image_pull.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/cordoning.hpp"
#include "planner/nodes/steps.hpp"

namespace cu::planner {
namespace {

void Finish(NodeWork& work) {
  if (StepAfter(StageOf(work.entry), work.entry.step) == api::NodeStep::kUpgrading) {
    NoteReadyPods(work, false);
  }
  MoveOn(work);
}

}  // namespace

void AdvancePulling(NodeWork& work) {
  if (EndEarly(work)) {
    return;
  }
  if (work.planning().paused()) {
    return GiveBack(work, "the upgrade is paused");
  }
  AdoptTarget(work);
  if (work.pods() == nullptr) {
    work.entry.message = "waiting for its pods to be listed";
    return;
  }
  if (!work.planning().spec().executor.pre_pull) {
    return Finish(work);
  }
  ImagePull pull = PullImages(work);
  work.entry.message = std::move(pull.text);
  switch (pull.kind) {
    case ImagePull::Kind::kGoesOn:
      return;
    case ImagePull::Kind::kFailed:
      return Fail(
          work, {api::FailureReason::kImageNotPulled, work.entry.message, work.entry.node_changed});
    case ImagePull::Kind::kGivenUp:
      work.add.Warn(Finding::Warns(api::FindingType::kImagesNotPulled,
                                   work.entry.name,
                                   work.entry.name + ": the images of the upgrade Job may not be " +
                                       "on it: " + work.entry.message));
      return Finish(work);
    case ImagePull::Kind::kOver:
      return Finish(work);
  }
}

}  // namespace cu::planner
