#include "planner/pods/pins.hpp"

#include <algorithm>

namespace cu::planner {

bool FitsElsewhere(const World& world, const api::Pod& pod) {
  return pod.placement.anywhere() ||
         std::any_of(world.nodes->begin(), world.nodes->end(), [&](const auto& entry) {
           return entry.first != pod.node_name &&
                  pod.placement.Fits(entry.first, entry.second.meta.labels);
         });
}

}  // namespace cu::planner
