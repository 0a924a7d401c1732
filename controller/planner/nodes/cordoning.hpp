#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// Step Cordoning: over once the node carries our cordon and mark, the hints for load balancers and
/// autoscalers are set or cannot be, and its pods are known. Private to planner/.
void AdvanceCordoning(NodeWork& work);

}  // namespace cu::planner
