#include "planner/gates/gate.hpp"

#include <array>
#include <utility>

#include "planner/gates/api_version.hpp"
#include "planner/gates/control_plane.hpp"
#include "planner/gates/control_plane_pods.hpp"
#include "planner/gates/deletion.hpp"
#include "planner/gates/failures.hpp"
#include "planner/gates/freshness.hpp"
#include "planner/gates/halt.hpp"
#include "planner/gates/hop.hpp"
#include "planner/gates/look_ahead.hpp"
#include "planner/gates/others.hpp"
#include "planner/gates/pause.hpp"
#include "planner/gates/preflight.hpp"
#include "planner/gates/replacements.hpp"
#include "planner/gates/start.hpp"
#include "planner/gates/tokens.hpp"
#include "planner/gates/turn.hpp"
#include "planner/gates/unhealthy.hpp"

namespace cu::planner {
namespace {

constexpr auto kGates = std::to_array<Gate>({
    {.name = "halt", .ask = AskHalt, .only_to_start = false},
    {.name = "deletion", .ask = AskDeletion, .only_to_start = false},
    {.name = "API version", .ask = AskApiVersion, .only_to_start = false},
    {.name = "failures", .ask = AskFailures},
    {.name = "control plane", .ask = AskControlPlane},
    {.name = "pause", .ask = AskPause},
    {.name = "look ahead", .ask = LookAhead},
    {.name = "preflight", .ask = AskPreflight, .while_paused = true},
    {.name = "tokens", .ask = AskTokens},
    {.name = "freshness", .ask = AskFreshness},
    {.name = "others", .ask = AskOthers},
    {.name = "replacements", .ask = AskReplacements},
    {.name = "control-plane pods", .ask = AskControlPlanePods},
    {.name = "hop", .ask = AskHop},
    {.name = "start", .ask = AskStart},
});

}  // namespace

std::span<const Gate> Gates() {
  return kGates;
}

Passage AskGates(const Planning& planning, GateMemory memory) {
  Passage passage;
  const bool anything_to_start = !PoolInTurn(planning).empty();
  for (const Gate& gate : kGates) {
    const bool paused = !passage.holds.empty();  // any other hold has ended the loop
    if ((gate.only_to_start && !anything_to_start) || (paused && !gate.while_paused)) {
      continue;
    }
    GateResult result = gate.ask(planning, memory);
    passage.add.Add(std::move(result.add));
    passage.start.insert(passage.start.end(), result.start.begin(), result.start.end());
    if (result.warnings) {
      passage.warnings = std::move(result.warnings);
    }
    if (result.hold) {
      passage.holds.push_back(*std::move(result.hold));
      if (passage.holds.back().kind != Hold::Kind::kPaused) {
        break;
      }
    }
  }
  const bool at_work = !planning.status().in_progress.empty() || !passage.start.empty();
  StallIfUnhealthyForLong(planning.world().now.steady, at_work, passage.holds, memory);
  if (!passage.holds.empty()) {
    passage.add.WakeAt(passage.holds.front().wake_at);
  }
  const auto done_with = [&](const auto& node) {
    const NodeView* view = planning.FindView(node.first);
    return view == nullptr || !view->IsToBeDone();
  };
  std::erase_if(memory.refused_nodes, done_with);
  std::erase_if(memory.held_by_budgets, done_with);
  passage.memory = std::move(memory);
  return passage;
}

}  // namespace cu::planner
