#include "planner/gates/control_plane.hpp"

#include "planner/gates/turn.hpp"

namespace cu::planner {

GateResult AskControlPlane(const Planning& planning, GateMemory&) {
  if (PoolInTurn(planning) == kControlPlanePool) {
    return {};
  }
  for (const NodeView& view : planning.nodes()) {
    if (view.control_plane && view.skip == nullptr && view.in_hop && !view.done()) {
      return {Hold::NeedsPerson(api::HoldReason::kControlPlaneNotUpgraded,
                                "control-plane node " + view.name() +
                                    " is not upgraded, and workers are upgraded after the control "
                                    "plane; to retry, set the "
                                    "annotation clusterupgrade.io/retry to a new value")};
    }
  }
  return {};
}

}  // namespace cu::planner
