#pragma once
#include "planner/gates/waiting.hpp"
#include "planner/model/planning.hpp"

/// Which nodes are started next, and why none is. Private to planner/.
namespace cu::planner {

/// Adds entries for the nodes to start now (their preflight passed) and watches the pods of the
/// next candidates. Says what it waits for.
Waiting StartNodes(Planning& planning);

}  // namespace cu::planner
