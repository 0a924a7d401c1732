#include "planner/target/node_state.hpp"

#include <algorithm>

#include "api/labels.hpp"
#include "planner/target/newest_node.hpp"

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

NodeStates::NodeStates(const Scope& scope,
                       const api::ClusterUpgradeStatus& status,
                       const std::string& run_id)
    : scope_(&scope), nodes_(scope.views()) {
  FindDue(status, run_id);
  for (const api::NodeInWork& entry : status.in_progress) {
    if (NodeView* view = FindView(entry.name)) {
      view->in_work = true;
      MayHaveChanged(*view, IsAtWork(entry) && view->node().meta.uid == entry.uid);
    }
  }
  for (const api::NodeFailure& failure : status.failures) {
    if (failure.reason == api::FailureReason::kNotReplaced) {
      continue;  // of a node that is gone; a new one may have its name
    }
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

/// A run begins when its id is seen first: nodes that are created later have what it is for.
void NodeStates::FindDue(const api::ClusterUpgradeStatus& status, const std::string& run_id) {
  if (run_id.empty() || status.run_id == run_id) {
    return;
  }
  run_ =
      status.run && status.run->id == run_id ? *status.run : api::Run{run_id, NewestNode(nodes_)};
  for (NodeView& view : nodes_) {
    const auto& created = view.node().meta.created;
    const bool is_new = created && run_->newest_node && *created > *run_->newest_node;
    view.due = !is_new && api::AnnotationOf(view.node().meta, api::kRunId) != run_id;
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
        return named(failure) && !failure.retried &&
               failure.reason != api::FailureReason::kNotReplaced;
      });
  const auto postponed = std::find_if(status.postponed.begin(), status.postponed.end(), named);
  view->postponed = postponed != status.postponed.end();
  view->drain_timed_out =
      view->postponed && postponed->reason == api::PostponeReason::kDrainTimeout;
}

}  // namespace cu::planner
