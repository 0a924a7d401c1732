#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// Step Uncordoning: over once nothing of ours is left on the node, and no Job of ours goes on
/// beside its release. Private to planner/.
void AdvanceUncordoning(NodeWork& work);

}  // namespace cu::planner
