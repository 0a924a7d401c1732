#pragma once
#include <optional>

#include "planner/gates/gate.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// Of all objects, the one that acts: the oldest.
const api::ClusterUpgrade& OldestUpgrade(const World& world);

/// Why the object must not start anything, and gives back what it has begun: it is not the oldest
/// (AnotherClusterUpgrade), or its target cannot be reached (CheckTarget). `status`: the object's,
/// as it is planned with.
std::optional<Hold> FindHalt(const World& world, const api::ClusterUpgradeStatus& status);

/// The halt of the plan. Asks for the API server's version where only that bounds the kubelets.
GateResult AskHalt(const Planning& planning, GateMemory& memory);

}  // namespace cu::planner
