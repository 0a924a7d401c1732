#include "planner/nodes/deleted_nodes.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "base/text.hpp"
#include "planner/executors/executor.hpp"

namespace cu::planner {
namespace {

/// status.deletedNodes holds no more (crds/: maxItems).
constexpr std::size_t kDeletedMax = 100;
constexpr std::size_t kNamesShown = 3;

bool Exists(const World& world, const std::string& name, const std::string& uid) {
  const auto node = world.nodes->find(name);
  return node != world.nodes->end() && node->second.meta.uid == uid;
}

bool MayBeReplaced(const api::NodeInWork& entry) {
  return ExecutorOf(entry).replaces_nodes && entry.step != api::NodeStep::kUncordoning;
}

/// The one to give up where there is no more room.
std::vector<api::DeletedNode>::iterator LeastNeeded(std::vector<api::DeletedNode>& nodes) {
  const auto done = std::find_if(
      nodes.begin(), nodes.end(), [](const auto& node) { return !node.replacement_uid.empty(); });
  return done == nodes.end() ? nodes.begin() : done;
}

/// A node that has come to the pool since, and serves it now.
bool CanReplace(const NodeView& view, const api::DeletedNode& deleted) {
  const auto& created = view.node().meta.created;
  const bool left_alone =
      view.skip != nullptr && view.skip->reason != api::SkipReason::kNewerThanTarget;
  return view.ready && !left_alone && !view.in_work && view.scoped->pool == deleted.pool &&
         created && (!deleted.newest_node || *created > *deleted.newest_node);
}

bool IsTaken(const std::vector<api::DeletedNode>& nodes, const std::string& uid) {
  return std::any_of(
      nodes.begin(), nodes.end(), [&](const auto& node) { return node.replacement_uid == uid; });
}

/// The oldest that can and has not replaced another one; null if there is none.
const NodeView* FindReplacement(const Planning& planning,
                                const std::vector<api::DeletedNode>& nodes,
                                const api::DeletedNode& deleted) {
  const NodeView* oldest = nullptr;
  for (const NodeView& view : planning.nodes()) {
    if (CanReplace(view, deleted) && !IsTaken(nodes, view.node().meta.uid) &&
        (oldest == nullptr || *view.node().meta.created < *oldest->node().meta.created)) {
      oldest = &view;
    }
  }
  return oldest;
}

/// Whether the replacement could be taken for another one's, too, if it were forgotten.
bool IsStillNeeded(const Planning& planning,
                   const std::vector<api::DeletedNode>& nodes,
                   const api::DeletedNode& replaced) {
  const api::Node* node = planning.FindNode(replaced.replacement);
  if (node == nullptr || node->meta.uid != replaced.replacement_uid || !node->meta.created) {
    return false;
  }
  const auto before = [&](const auto& other) {
    return other.pool == replaced.pool &&
           (!other.newest_node || *other.newest_node < *node->meta.created);
  };
  const auto& in_progress = planning.status().in_progress;
  return std::any_of(
             nodes.begin(),
             nodes.end(),
             [&](const auto& other) { return other.replacement_uid.empty() && before(other); }) ||
         std::any_of(in_progress.begin(), in_progress.end(), [&](const auto& other) {
           return MayBeReplaced(other) && before(other);
         });
}

api::NodeFailure FailureOf(const api::DeletedNode& deleted, base::WallTime now) {
  api::NodeFailure failure;
  failure.name = deleted.name;
  failure.uid = deleted.uid;
  failure.step = api::NodeStep::kUpgrading;
  failure.version = deleted.version;
  failure.reason = api::FailureReason::kNotReplaced;
  failure.message =
      "its Node was deleted while it was in progress, and no new Ready node of pool " +
      deleted.pool + " has taken its place in time";
  failure.time = now;
  return failure;
}

}  // namespace

void NoteDeletedNodes(const World& world, api::ClusterUpgradeStatus& status) {
  auto& deleted = status.deleted_nodes;
  if (world.upgrade->meta.deleted) {
    deleted.clear();
    return;
  }
  for (const api::NodeInWork& entry : status.in_progress) {
    if (Exists(world, entry.name, entry.uid) || !MayBeReplaced(entry)) {
      continue;
    }
    if (deleted.size() >= kDeletedMax) {
      deleted.erase(LeastNeeded(deleted));
    }
    deleted.push_back({entry.name,
                       entry.uid,
                       entry.pool,
                       entry.version,
                       std::chrono::floor<std::chrono::seconds>(world.now.wall),
                       entry.newest_node,
                       false,
                       "",
                       ""});
  }
}

DeletedNodes FindReplacements(const Planning& planning) {
  DeletedNodes found;
  found.nodes = planning.status().deleted_nodes;
  const std::chrono::seconds timeout(planning.spec().executor.timeout_seconds);
  for (api::DeletedNode& deleted : found.nodes) {
    if (!deleted.replacement_uid.empty()) {
      continue;
    }
    if (const NodeView* view = FindReplacement(planning, found.nodes, deleted)) {
      deleted.replacement = view->name();
      deleted.replacement_uid = view->node().meta.uid;
      deleted.overdue = false;
      continue;
    }
    if (deleted.overdue || planning.paused()) {
      continue;
    }
    Asked<bool> overdue = planning.HasPassed(deleted.time + timeout);
    found.add.Add(std::move(overdue.add));
    if (overdue.answer) {
      deleted.overdue = true;
      found.failures.push_back(FailureOf(deleted, planning.now()));
    }
  }
  // One that has just been replaced is told once.
  std::vector<api::DeletedNode> kept;
  const auto& before = planning.status().deleted_nodes;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].replacement_uid.empty() || IsStillNeeded(planning, found.nodes, before[i])) {
      kept.push_back(found.nodes[i]);
    }
  }
  found.nodes = std::move(kept);
  return found;
}

const api::DeletedNode* PlaceOf(const api::ClusterUpgradeStatus& status,
                                const api::NodeFailure& failure) {
  if (failure.reason != api::FailureReason::kNotReplaced) {
    return nullptr;
  }
  const auto place = std::find_if(
      status.deleted_nodes.begin(), status.deleted_nodes.end(), [&](const auto& deleted) {
        return deleted.uid == failure.uid && deleted.overdue;
      });
  return place == status.deleted_nodes.end() ? nullptr : &*place;
}

std::string DescribeAwaited(const api::ClusterUpgradeStatus& status) {
  std::vector<std::string> names;
  for (const api::DeletedNode& deleted : status.deleted_nodes) {
    if (deleted.awaited()) {
      names.push_back(deleted.name + " (pool " + deleted.pool + ", deleted " +
                      base::FormatTime(deleted.time) + ")");
    }
  }
  return names.empty() ? ""
                       : "waiting for new Ready nodes in the place of " +
                             base::JoinNames(names, kNamesShown) +
                             "; if none will come, set the annotation clusterupgrade.io/retry to a "
                             "new value";
}

}  // namespace cu::planner
