#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// Step Cordoning: over once the node carries our cordon and mark, the hints for load balancers and
/// autoscalers are set or cannot be, and its pods are known. Private to planner/.
void AdvanceCordoning(NodeWork& work);

/// Remembers what the node has to have again when it is verified: its static pods, and if it is
/// `drained` its DaemonSets. Pre: its pods are known.
void NoteReadyPods(NodeWork& work, bool drained);

}  // namespace cu::planner
