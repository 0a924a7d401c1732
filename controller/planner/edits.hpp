#pragma once
#include "api/cluster_upgrade.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// The durable status, with what follows from edits of the object and from nodes that are gone: a
/// changed spec (other than paused) or a new `retry` value grants fresh attempts, after a pause the
/// clocks of drains start again, and nothing is said any more of a node that was replaced. Private
/// to planner/.
api::ClusterUpgradeStatus EditedStatus(const World& world, Memory& memory);

}  // namespace cu::planner
