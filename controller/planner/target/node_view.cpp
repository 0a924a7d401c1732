#include "planner/target/node_view.hpp"

namespace cu::planner {

const char* NameOf(NodeState state) {
  switch (state) {
    case NodeState::kUpgraded:
      return "upgraded";
    case NodeState::kUpgrading:
      return "upgrading";
    case NodeState::kFailed:
      return "failed";
    case NodeState::kPending:
      return "pending";
    case NodeState::kPostponed:
      return "postponed";
    case NodeState::kSkipped:
      return "skipped";
  }
  return "";
}

NodeState NodeView::state() const {
  if (in_work) {
    return NodeState::kUpgrading;
  }
  if (skip != nullptr) {
    return NodeState::kSkipped;
  }
  if (failed) {
    return NodeState::kFailed;
  }
  if (postponed) {
    return NodeState::kPostponed;
  }
  return done() ? NodeState::kUpgraded : NodeState::kPending;
}

bool NodeView::ComesBack() const {
  return state() == NodeState::kPostponed && drain_timed_out && !done();
}

}  // namespace cu::planner
