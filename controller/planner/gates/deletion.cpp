#include "planner/gates/deletion.hpp"

namespace cu::planner {

GateResult AskDeletion(const Planning& planning, GateMemory&) {
  if (!planning.deleted()) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kDeleting, "the ClusterUpgrade is being deleted")};
}

}  // namespace cu::planner
