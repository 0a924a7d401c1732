#pragma once
#include "planner/model/planning.hpp"

namespace cu::planner {

/// nodes, progress, currentHop, hops. Private to planner/.
void Count(Planning& planning);

}  // namespace cu::planner
