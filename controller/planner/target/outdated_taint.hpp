#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "api/objects.hpp"

/// The taint `clusterupgrade.io/outdated=<UID of a ClusterUpgrade>:PreferNoSchedule`. The value
/// says whose it is, in the same write as the taint itself: one of a user has another value.
namespace cu::planner {

/// Where among the node's taints that of this ClusterUpgrade is.
std::optional<std::size_t> PlaceOfTaint(const api::Node& node, std::string_view owner);
/// The UID of the ClusterUpgrade that has set such a taint on the node; "": none has.
std::string_view OwnerOfTaint(const api::Node& node);
/// Whether a taint of that key, anybody's, is on the node.
bool ShowsTaint(const api::Node& node);
/// Whether a taint keeps pods away that do not tolerate it.
bool RepelsPods(const api::Node& node);

}  // namespace cu::planner
