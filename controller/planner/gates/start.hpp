#pragma once
#include <vector>

#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"

/// Which nodes are started next, and why none is. Private to planner/.
namespace cu::planner {

/// Adds entries for the nodes to start now (their preflight passed) and watches the pods of the
/// next candidates. What holds: the first is what counts, while paused with what preflight says
/// behind it.
std::vector<Hold> StartNodes(Planning& planning);

}  // namespace cu::planner
