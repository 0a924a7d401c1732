#pragma once
#include <vector>

#include "api/objects.hpp"
#include "planner/model/action.hpp"

namespace cu::planner {

/// Whether it shows any of the optional marks, ours or a user's.
bool ShowsOptionalMarks(const api::Node& node);

/// What gives a node back, in this order: the optional marks go, then the cordon with our word on
/// it, or our word alone where the annotation clusterupgrade.io/keep-cordoned is "true". The last
/// one is a MarkNode until the optional marks are gone or the server had its last word on them.
/// Never empty. A failed node that stays cordoned keeps its optional marks as well: it is drained,
/// and still ours. Private to planner/.
std::vector<Act> ActsOfRelease(const api::Node& node, const Answers& answers);

}  // namespace cu::planner
