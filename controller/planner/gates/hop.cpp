#include "planner/gates/hop.hpp"

#include "base/text.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNamesShown = 3;

}  // namespace

GateResult AskHop(const Planning& planning, GateMemory&) {
  const std::string& hop = planning.hop().target.text;
  base::NameList others(kNamesShown);
  for (const api::NodeInWork& entry : planning.status().in_progress) {
    if (entry.version != hop) {
      others.Add([&] { return entry.name + " (" + entry.version + ")"; });
    }
  }
  if (others.empty()) {
    return {};
  }
  return {Hold::Passing(
      api::HoldReason::kWaitingForHop,
      "nodes are upgraded to " + hop + " once those in progress are finished: " + others.Text())};
}

}  // namespace cu::planner
