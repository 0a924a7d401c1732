#include "planner/report/counts.hpp"

#include <string>

#include "planner/target/node_state.hpp"

namespace cu::planner {
namespace {

int& CountOf(api::NodeCounts& counts, NodeState state) {
  switch (state) {
    case NodeState::kUpgraded:
      return counts.upgraded;
    case NodeState::kUpgrading:
      return counts.upgrading;
    case NodeState::kFailed:
      return counts.failed;
    case NodeState::kPending:
      return counts.pending;
    case NodeState::kPostponed:
      return counts.postponed;
    case NodeState::kSkipped:
      return counts.skipped;
  }
  return counts.pending;
}

}  // namespace

void Count(Planning& planning) {
  api::NodeCounts counts;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    ++counts.total;
    ++CountOf(counts, StateOf(scoped, planning.status()));
  }
  api::ClusterUpgradeStatus& status = planning.status();
  status.nodes = counts;
  status.progress =
      std::to_string(counts.upgraded) + "/" + std::to_string(counts.total - counts.skipped);
  status.hops.clear();
  status.current_hop.clear();
  if (!planning.halt()) {
    bool control_plane = false;
    bool workers = false;
    for (const ScopedNode& scoped : planning.scope().nodes) {
      (scoped.control_plane ? control_plane : workers) |= !scoped.skip;
    }
    status.hops.push_back({planning.spec().version, control_plane, workers});
    status.current_hop =
        counts.upgraded + counts.skipped == counts.total ? "" : planning.spec().version;
  }
}

}  // namespace cu::planner
