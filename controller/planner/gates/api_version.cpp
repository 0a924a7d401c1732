#include "planner/gates/api_version.hpp"

namespace cu::planner {

GateResult AskApiVersion(const Planning& planning, GateMemory&) {
  if (planning.scope().SeesApiServer() || !planning.world().server_version.empty()) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kWaitingForServerVersion,
                        "asking the API server for its version")};
}

}  // namespace cu::planner
