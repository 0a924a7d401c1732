#pragma once
#include <optional>

#include "planner/executors/executor.hpp"
#include "planner/model/node_work.hpp"

/// The steps of one node in work. Private to planner/.
namespace cu::planner {

/// One look at a node in work: moves it on, says what it waits for, adds the actions that its step
/// wants.
NodeWork Advance(const Planning& planning, const api::NodeInWork& entry, NodeMemory memory);

bool HasStep(const StageSteps& stage, api::NodeStep step);
/// Where work on a node begins. One that has our cordon, from an earlier failure, is out of service
/// already: no image is pulled beforehand.
api::NodeStep FirstStep(const Planning& planning, const StageSteps& stage, const api::Node& node);
/// It is drained, or will be.
bool AwaitsDrain(const api::NodeInWork& entry);
/// None after the last.
std::optional<api::NodeStep> StepAfter(const StageSteps& stage, api::NodeStep step);

/// To the next step of the stage, past Draining where no drain is needed; after the last one the
/// node leaves work. Pre: from Cordoning, the node's pods are known.
void MoveOn(NodeWork& work);

/// Ends the work on a node that was not changed yet, if anything asks for that. True when it did.
bool EndEarly(NodeWork& work);
/// A node that is not upgraded yet follows the edits of the spec.
void AdoptTarget(NodeWork& work);

/// Our cordon with our mark on it.
Action CordonOf(const NodeWork& work);
/// Wants it, unless our finalizer is not on the object yet.
void WantCordon(NodeWork& work);

}  // namespace cu::planner
