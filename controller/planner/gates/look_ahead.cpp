#include "planner/gates/look_ahead.hpp"

#include <algorithm>

#include "planner/gates/turn.hpp"
#include "planner/gates/webhook_findings.hpp"
#include "planner/pods/workload_counts.hpp"

namespace cu::planner {

GateResult LookAhead(const Planning& planning, GateMemory&) {
  const auto& in_progress = planning.status().in_progress;
  const bool nearly_done =
      std::all_of(in_progress.begin(), in_progress.end(), [](const api::NodeInWork& entry) {
        return entry.step == api::NodeStep::kVerifying || entry.step == api::NodeStep::kUncordoning;
      });
  GateResult result;
  if (!nearly_done) {
    return result;
  }
  const Candidates candidates(planning);
  for (const NodeView& view : planning.nodes()) {
    if (candidates.Has(view)) {
      result.add.Watch(WatchKind::kPodsOnNode, view.name());
      if (planning.IsToBeDrained(view)) {
        WatchWebhooks(planning, result.add);
      }
      const NodePods* pods = planning.PodsOf(view.name());
      if (pods != nullptr && WaitsForWorkloads(planning) && planning.IsToBeDrained(view)) {
        WatchWorkloads(planning, WorkloadsOn(*pods), result.add);
      }
      break;
    }
  }
  return result;
}

}  // namespace cu::planner
