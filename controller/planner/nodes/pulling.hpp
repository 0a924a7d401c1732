#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// The step Pulling: the executor's images are brought to a node on which nothing was done yet. One
/// that cannot be had fails it (ImageNotPulled); whatever else goes wrong is only said. A pause
/// gives the node back. Private to planner/.
void AdvancePulling(NodeWork& work);

}  // namespace cu::planner
