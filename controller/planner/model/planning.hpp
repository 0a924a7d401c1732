#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "planner/model/plan_result.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// A plan in the making: what is known, and what has been decided so far. Private to planner/.
class Planning {
 public:
  explicit Planning(const World& world);

  const World& world() const { return *world_; }
  const api::ClusterUpgrade& upgrade() const { return *world_->upgrade; }
  const api::ClusterUpgradeSpec& spec() const { return world_->upgrade->spec; }
  const Scope& scope() const { return scope_; }
  api::ClusterUpgradeStatus& status() { return plan_.status; }
  const api::ClusterUpgradeStatus& status() const { return plan_.status; }

  /// Whole seconds, as the status holds them.
  base::WallTime now() const { return now_; }
  bool deleted() const { return world_->upgrade->meta.deleted.has_value(); }
  bool paused() const { return spec().paused && !deleted(); }
  /// Nothing may be started, and what has no Job yet is given back.
  bool giving_back() const { return deleted() || halt_.has_value(); }

  void Want(Act act) { plan_.actions.push_back(std::move(act)); }
  void Watch(WatchKind kind, std::string name) { plan_.watches.insert({kind, std::move(name)}); }
  const Answer* AnswerTo(const Act& act) const;

  /// Looks again when the wall clock shows `time`, at the latest after 30 s: clocks jump.
  void LookAt(base::WallTime time);
  void LookAt(base::SteadyTime time);
  /// Whether a deadline has passed, as far as we can know: never while the state of the cluster is
  /// not current, for an outage of the API alone fails nothing. Looks again at the deadline.
  bool Passed(base::WallTime deadline);

  /// Pods of the node, once they are known to be whole; null before.
  const api::ObjectMap<api::Pod>* PodsOf(const std::string& node) const;

  const api::Node* FindNode(const std::string& name) const;
  const api::Job* FindJob(const std::string& name) const;
  /// "<object name>/<object uid>".
  std::string Mark() const { return upgrade().meta.name + "/" + upgrade().meta.uid; }
  bool Marked(const api::Node& node) const;
  const api::NodeFailure* FailureOf(const std::string& name) const;
  /// Failed and not given fresh attempts since.
  bool Failed(const std::string& name) const;
  bool Postponed(const std::string& name) const;
  /// Not done, not failed, not postponed, not in work.
  bool Pending(const ScopedNode& scoped) const;
  /// Postponed by its drain's timeout and still to be done: it is tried once more after the others.
  bool ComesBack(const ScopedNode& scoped) const;
  /// Not done, not failed for good, not in work, not left to a person.
  bool IsToBeDone(const ScopedNode& scoped) const;
  /// And under a drain.
  bool IsToBeDrained(const ScopedNode& scoped) const;
  /// A node was started for spec.version, and it was neither reached nor given up since.
  bool HasBegun() const;
  bool InWork(const std::string& name) const;
  /// A finding that only warns: into the status, or where there is no place left an Event of its
  /// own. What was begun already counts it then as well. False if there was no place.
  bool AddWarning(const Finding& finding);

  Plan& plan() { return plan_; }
  const Plan& plan() const { return plan_; }
  const std::optional<Hold>& halt() const { return halt_; }
  void set_halt(std::optional<Hold> halt) { halt_ = std::move(halt); }

 private:
  Plan plan_;
  std::optional<Hold> halt_;
  const World* world_;
  Scope scope_;
  base::WallTime now_;
};

/// The annotation's value, or "".
std::string AnnotationOf(const api::Metadata& meta, std::string_view key);

}  // namespace cu::planner
