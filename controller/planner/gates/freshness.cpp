#include "planner/gates/freshness.hpp"

namespace cu::planner {

GateResult AskFreshness(const Planning& planning, GateMemory&) {
  if (planning.world().current) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kWaitingForWatches,
                        "waiting for the watches of the API server to catch up")};
}

}  // namespace cu::planner
