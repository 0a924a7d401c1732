#pragma once
#include <string>
#include <vector>

#include "planner/model/action.hpp"

namespace cu::planner {

/// "Cordon worker-1", "Evict team-a/web-1", …: what an action does to what. Jobs go by their node.
std::string Describe(const Action& action);
std::vector<std::string> Describe(const std::vector<Action>& actions);

}  // namespace cu::planner
