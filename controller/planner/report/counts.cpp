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

NodeCounts CountNodes(const Planning& planning) {
  NodeCounts counts;
  bool control_plane = false;
  bool workers = false;
  for (const NodeView& view : planning.nodes()) {
    ++counts.nodes.total;
    ++CountOf(counts.nodes, view.state());
    (view.control_plane ? control_plane : workers) |= view.skip == nullptr;
  }
  // A node that is being replaced still is one of the cluster.
  for (const api::DeletedNode& deleted : planning.status().deleted_nodes) {
    if (deleted.replacement_uid.empty()) {
      ++counts.nodes.total;
      ++(deleted.overdue ? counts.nodes.failed : counts.nodes.upgrading);
    }
  }
  const api::NodeCounts& nodes = counts.nodes;
  counts.progress =
      std::to_string(nodes.upgraded) + "/" + std::to_string(nodes.total - nodes.skipped);
  if (!planning.halt()) {
    for (const Hop& hop : planning.scope().route().hops) {
      counts.hops.push_back(
          {hop.target.text, hop.control_plane && control_plane, hop.workers && workers});
    }
    const bool done = nodes.upgraded + nodes.skipped == nodes.total;
    counts.current_hop = done ? "" : planning.hop().target.text;
  }
  return counts;
}

}  // namespace cu::planner
