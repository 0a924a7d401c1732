#pragma once
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// What to say of a node that has not been Ready for a minute or longer: since when, and what a
/// person can do; "" of another one. Wakes the plan when that changes by time alone. Private to
/// planner/.
Asked<std::string> WhyNotReady(const Planning& planning, const api::Node& node);

}  // namespace cu::planner
