#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// From Cordoning. Pre: the node's pods are known.
void BeginDraining(NodeWork& work);
/// Step Draining: over once no pod is left that has to leave, and the volumes of those that left
/// are detached or their time is over. Private to planner/.
void AdvanceDraining(NodeWork& work);

}  // namespace cu::planner
