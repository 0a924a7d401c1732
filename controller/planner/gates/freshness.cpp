#include "planner/gates/freshness.hpp"

namespace cu::planner {

GateResult AskFreshness(const Planning& planning, GateMemory&) {
  if (planning.world().current) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kWaitingForWatches,
                        "waiting until the state of the cluster is known")};
}

}  // namespace cu::planner
