#include "planner/gates/unhealthy.hpp"

#include <chrono>

namespace cu::planner {
namespace {

constexpr auto kStallsAfter = std::chrono::minutes(15);

}  // namespace

void StallIfUnhealthyForLong(base::SteadyTime now,
                             bool at_work,
                             std::vector<Hold>& holds,
                             GateMemory& memory) {
  auto& since = memory.idle_since;
  const bool waits = !holds.empty() && holds.front().kind == Hold::Kind::kPassing;
  if (at_work || !waits) {
    since.reset();
    return;
  }
  Hold& hold = holds.front();
  if (hold.reason != api::HoldReason::kWaitingForNodes) {
    return;  // an interruption of the watches cures no node
  }
  since = since.value_or(now);
  if (now < *since + kStallsAfter) {
    hold.wake_at = *since + kStallsAfter;
    return;
  }
  hold = Hold::NeedsPerson(api::HoldReason::kNodesUnhealthy, hold.message + "; repair them");
}

}  // namespace cu::planner
