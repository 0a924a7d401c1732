#pragma once
#include <vector>

#include "api/objects.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Whether it shows any of the hints, ours or a user's.
bool ShowsHints(const api::Node& node);

/// What gives a node back, in this order: the hints go, then the cordon with our word on
/// it, or our word alone where the annotation clusterupgrade.io/keep-cordoned is "true". The last
/// one is a SetNodeHints until the hints are gone or the server had its last word on them.
/// Never empty. A failed node that stays cordoned keeps its hints as well: it is drained,
/// and still ours. Private to planner/.
std::vector<Action> ReleaseOf(const api::Node& node, const ActionResults& results);

}  // namespace cu::planner
