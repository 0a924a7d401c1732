#pragma once
#include "planner/model/planning.hpp"

/// APIs that the releases on the way serve no longer. Private to planner/.
namespace cu::planner {

/// Whether the API servers of this cluster go up by a minor: else no API is removed.
bool PassesMinors(const Planning& planning);

/// A finding for each API that clients have requested and that a minor on the way removes. False
/// while the API server has not been asked yet. Where it cannot be asked, a warning says so.
bool FindRemovedApis(const Planning& planning, FindingBook& book);

}  // namespace cu::planner
