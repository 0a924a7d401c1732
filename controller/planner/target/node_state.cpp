#include "planner/target/node_state.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

template <class Entries>
bool Names(const Entries& entries, const ScopedNode& scoped) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.name == scoped.node->meta.name;
  });
}

bool Failed(const ScopedNode& scoped, const api::ClusterUpgradeStatus& status) {
  return std::any_of(status.failures.begin(), status.failures.end(), [&](const auto& failure) {
    return failure.name == scoped.node->meta.name && !failure.retried;
  });
}

}  // namespace

NodeState StateOf(const ScopedNode& scoped, const api::ClusterUpgradeStatus& status) {
  if (Names(status.in_progress, scoped)) {
    return NodeState::kUpgrading;
  }
  if (scoped.skip) {
    return NodeState::kSkipped;
  }
  if (Failed(scoped, status)) {
    return NodeState::kFailed;
  }
  if (Names(status.postponed, scoped)) {
    return NodeState::kPostponed;
  }
  return scoped.done() ? NodeState::kUpgraded : NodeState::kPending;
}

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

}  // namespace cu::planner
