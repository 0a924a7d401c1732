#include "planner/gates/replacements.hpp"

#include "planner/gates/turn.hpp"
#include "planner/nodes/deleted_nodes.hpp"

namespace cu::planner {

GateResult AskReplacements(const Planning& planning, GateMemory&) {
  const std::string pool = PoolInTurn(planning);
  for (const api::DeletedNode& deleted : planning.status().deleted_nodes) {
    if (deleted.awaited() && deleted.pool != pool) {
      return {Hold::Passing(api::HoldReason::kWaitingForReplacement,
                            DescribeAwaited(planning.status()))};
    }
  }
  return {};
}

}  // namespace cu::planner
