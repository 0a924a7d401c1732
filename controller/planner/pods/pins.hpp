#pragma once
#include "api/objects.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// Whether the pod's nodeSelector and required node affinity fit another node than its own.
bool FitsElsewhere(const World& world, const api::Pod& pod);

}  // namespace cu::planner
