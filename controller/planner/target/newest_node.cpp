#include "planner/target/newest_node.hpp"

#include <algorithm>

namespace cu::planner {

std::optional<base::WallTime> NewestNode(const std::vector<NodeView>& nodes,
                                         std::optional<std::string_view> pool) {
  std::optional<base::WallTime> newest;
  for (const NodeView& view : nodes) {
    const auto& created = view.node().meta.created;
    if (created && (!pool || view.scoped->pool == *pool)) {
      newest = std::max(newest.value_or(*created), *created);
    }
  }
  return newest;
}

}  // namespace cu::planner
