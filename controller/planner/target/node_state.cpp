#include "planner/target/node_state.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

bool IsOfVersion(const Skip& skip) {
  return skip.reason == api::SkipReason::kVersionUnreadable ||
         skip.reason == api::SkipReason::kNewerThanTarget;
}

bool IsAtWork(const api::NodeInWork& entry) {
  return entry.step == api::NodeStep::kUpgrading || entry.step == api::NodeStep::kVerifying;
}

/// `changed`: our Job may be the cause of what the node's kubelet reports.
void MayHaveChanged(NodeView& view, bool changed) {
  if (changed && view.marked && view.skip != nullptr && IsOfVersion(*view.skip)) {
    view.skip = nullptr;
  }
}

}  // namespace

NodeStates::NodeStates(const Scope& scope, const api::ClusterUpgradeStatus& status)
    : scope_(&scope), nodes_(scope.views()) {
  for (const api::NodeInWork& entry : status.in_progress) {
    if (NodeView* view = FindView(entry.name)) {
      view->in_work = true;
      MayHaveChanged(*view, IsAtWork(entry) && view->node().meta.uid == entry.uid);
    }
  }
  for (const api::NodeFailure& failure : status.failures) {
    if (NodeView* view = FindView(failure.name)) {
      view->failed = !failure.retried;
      MayHaveChanged(*view, failure.node_changed && view->node().meta.uid == failure.uid);
    }
  }
  for (const api::PostponedNode& postponed : status.postponed) {
    if (NodeView* view = FindView(postponed.name)) {
      view->postponed = true;
      view->drain_timed_out = postponed.reason == api::PostponeReason::kDrainTimeout;
    }
  }
}

const NodeView* NodeStates::Find(std::string_view name) const {
  const ScopedNode* scoped = scope_->Find(name);
  return scoped == nullptr ? nullptr : &nodes_[scope_->IndexOf(*scoped)];
}

NodeView* NodeStates::FindView(std::string_view name) {
  const ScopedNode* scoped = scope_->Find(name);
  return scoped == nullptr ? nullptr : &nodes_[scope_->IndexOf(*scoped)];
}

void NodeStates::Update(const api::ClusterUpgradeStatus& status, const std::string& name) {
  NodeView* view = FindView(name);
  if (view == nullptr) {
    return;
  }
  const auto named = [&](const auto& entry) { return entry.name == name; };
  view->in_work = std::any_of(status.in_progress.begin(), status.in_progress.end(), named);
  view->failed =
      std::any_of(status.failures.begin(), status.failures.end(), [&](const auto& failure) {
        return named(failure) && !failure.retried;
      });
  const auto postponed = std::find_if(status.postponed.begin(), status.postponed.end(), named);
  view->postponed = postponed != status.postponed.end();
  view->drain_timed_out =
      view->postponed && postponed->reason == api::PostponeReason::kDrainTimeout;
}

}  // namespace cu::planner
