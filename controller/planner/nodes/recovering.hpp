#pragma once
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

/// The workloads of which drains evicted pods, until they have as many Ready pods again as before.
/// They are in the status before the first eviction, so that the next leader knows them. Private
/// to planner/.
namespace cu::planner {

/// status.recoveringWorkloads holds no more (crds/: maxItems).
inline constexpr std::size_t kRecoveringMax = 500;

struct Recovery {
  std::vector<api::RecoveringWorkload> workloads;  ///< as the status ought to have them
  RecoveryMemory memory;
  Contribution add;
};
/// Takes up the workloads of nodes whose drain begins, and lets go those that are whole again or
/// ask for fewer pods by now. One that is not whole spec.drain.recoveryTimeoutSeconds after the
/// last of its drains stays, timed out, until it is whole or the upgrade has no node left.
/// To be asked once all nodes are advanced.
Recovery TendWorkloads(const Planning& planning, RecoveryMemory memory);

}  // namespace cu::planner
