#pragma once
#include "planner/model/plan_result.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// Pure: equal worlds give equal plans. Pre: every pointer is set.
Plan MakePlan(const World& world);

}  // namespace cu::planner
