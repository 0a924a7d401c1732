#include "planner/gates/others.hpp"

#include <algorithm>

namespace cu::planner {

GateResult AskOthers(const Planning& planning, GateMemory&) {
  const auto& upgrades = *planning.world().upgrades;
  const bool at_work = std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& other) {
    return other.second.meta.uid != planning.upgrade().meta.uid &&
           !other.second.status.in_progress.empty();
  });
  if (!at_work) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kWaitingForOther,
                        "waiting for another ClusterUpgrade to finish its nodes in progress")};
}

}  // namespace cu::planner
