#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/pod_plan.hpp"
#include "planner/model/world.hpp"
#include "planner/target/hold.hpp"
#include "planner/target/node_state.hpp"

namespace cu::planner {

/// One planning pass: the state of the cluster, and the status as far as it has been decided. All
/// parts read it; only MakePlan changes it, between one part and the next. Private to planner/.
class Planning {
 public:
  /// Pre: every pointer of `world` is set. `status`: the durable one with the edits of the spec.
  /// `halt`: why nothing may be started.
  Planning(const World& world, api::ClusterUpgradeStatus status, std::optional<Hold> halt);

  const World& world() const { return *world_; }
  const api::ClusterUpgrade& upgrade() const { return *world_->upgrade; }
  const api::ClusterUpgradeSpec& spec() const { return world_->upgrade->spec; }
  const Scope& scope() const { return *world_->scope; }
  /// spec.version.
  const Target& target() const { return world_->scope->target(); }
  /// What nodes are brought to now.
  const Hop& hop() const { return world_->scope->route().current(); }
  const api::ClusterUpgradeStatus& status() const { return status_; }
  const std::optional<Hold>& halt() const { return halt_; }

  /// Whole seconds, as the status holds them.
  base::WallTime now() const { return now_; }
  bool deleted() const { return upgrade().meta.deleted.has_value(); }
  bool paused() const { return spec().paused && !deleted(); }
  /// Nothing may be started, and what has no Job yet is given back.
  bool giving_back() const { return deleted() || halt_.has_value(); }
  /// Our finalizer is on the object.
  bool has_finalizer() const;
  /// Nothing is cordoned for an object that may vanish without a release.
  bool MayCordon() const { return has_finalizer() || deleted(); }
  /// "<object name>/<object uid>".
  std::string Mark() const { return MarkOf(upgrade().meta); }
  bool Marked(const api::Node& node) const;

  const ActionResult* ResultOf(const Action& action) const;
  /// Whether a deadline has passed, as far as we can know: never while the state of the cluster is
  /// not current, for an outage of the API alone fails nothing. Wakes at the deadline.
  Asked<bool> HasPassed(base::WallTime deadline) const;
  /// When the wall clock shows `time`, but at the latest after 30 s: clocks jump.
  base::SteadyTime WakeFor(base::WallTime time) const;

  /// Every node in the order of work, with what the status says of it.
  const std::vector<NodeView>& nodes() const { return states_.nodes(); }
  const NodeView* FindView(std::string_view name) const { return states_.Find(name); }
  /// Pre: the node exists; checked.
  const NodeView& ViewOf(std::string_view name) const;
  /// Pods of the node, once their list is complete; null before.
  const NodePods* PodsOf(const std::string& node) const;
  const api::Node* FindNode(const std::string& name) const;
  const api::NodeInWork* EntryOf(const std::string& name) const;
  const api::NodeFailure* FailureOf(const std::string& name) const;
  bool InWork(const std::string& name) const { return EntryOf(name) != nullptr; }
  bool Postponed(const std::string& name) const;
  /// By spec.versionMatch.
  bool IsAt(const api::Node& node, const std::string& version) const {
    return planner::IsAt(spec().version_match, node.kubelet_version, version);
  }
  /// The run of spec.runID that is open, or null.
  const api::Run* run() const { return states_.run() ? &*states_.run() : nullptr; }
  /// Its id, or "".
  std::string RunId() const { return states_.run() ? states_.run()->id : ""; }
  /// The node was at the version before: the executor has to do its work all the same.
  bool Reruns(const api::NodeInWork& entry) const {
    return !entry.run_id.empty() &&
           planner::IsAt(spec().version_match, entry.from_version, entry.version);
  }
  /// It is to be done, and under a drain.
  bool IsToBeDrained(const NodeView& view) const;
  /// A node was started for the target, and it was neither reached nor given up since.
  bool HasBegun() const;

  /// For MakePlan alone.
  api::ClusterUpgradeStatus& mutable_status() { return status_; }
  /// The status says something else of the node now.
  void Update(const std::string& node) { states_.Update(status_, node); }
  void SetPods(std::map<std::string, NodePods> pods) { pods_ = std::move(pods); }
  api::ClusterUpgradeStatus TakeStatus() { return std::move(status_); }

 private:
  const World* world_;
  api::ClusterUpgradeStatus status_;
  std::optional<Hold> halt_;
  base::WallTime now_;
  NodeStates states_;
  std::map<std::string, NodePods> pods_;  ///< by node
};

}  // namespace cu::planner
