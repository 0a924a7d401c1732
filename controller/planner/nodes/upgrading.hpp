#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// Step Upgrading: the executor says how the attempt stands. Private to planner/.
void AdvanceUpgrading(NodeWork& work);

}  // namespace cu::planner
