#pragma once
#include "base/time.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Until when an act is waited for without which a node in work cannot go on: 90 s after a refusal,
/// 10 min after the first of answers that say nothing. By then the node is given back. Pre: the
/// act was not accepted.
base::WallTime PatienceEnds(const ActionResult& result);

}  // namespace cu::planner
