#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "planner/target/node_view.hpp"

namespace cu::planner {

/// When the youngest of the nodes, or of those of one pool, was created; none if that is not known
/// of any. By the API server's clock: whether another node came later does not depend on ours.
/// Private to planner/.
std::optional<base::WallTime> NewestNode(const std::vector<NodeView>& nodes,
                                         std::optional<std::string_view> pool = std::nullopt);

}  // namespace cu::planner
