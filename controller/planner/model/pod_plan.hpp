#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"

namespace cu::planner {

/// What a drain does with one pod.
/// kSkip   DaemonSet, mirror, selected by skipPods, a pod of our own Jobs: never touched
/// kEvict  it has to leave
/// kLast   our own pod: it leaves once it is the last, if another replica is Ready elsewhere
enum class PodDisposition { kSkip, kEvict, kLast };

/// All that is decided of one pod, once per plan (pods/pod_judge.hpp makes it): drain, warnings,
/// counts and messages read it here.
struct PodPlan {
  const api::Pod* pod = nullptr;
  PodDisposition disposition = PodDisposition::kSkip;
  /// Those that select it; none for a pod that has ended.
  std::vector<const api::PodDisruptionBudget*> budgets;
  std::string refusal;  ///< why spec.drain forbids to let it leave, or ""
  /// Its PodTemplate is durable, or it needs none: it may be taken away.
  bool may_leave = true;

  /// A drain would move it: it leaves, and has not left already.
  bool moves() const {
    return disposition == PodDisposition::kEvict && !pod->finished() && !pod->meta.deleted;
  }
};

/// The pods of one node. It points into itself: it may be moved, not copied.
struct NodePods {
  NodePods() = default;
  NodePods(const NodePods&) = delete;
  NodePods& operator=(const NodePods&) = delete;
  NodePods(NodePods&&) = default;
  NodePods& operator=(NodePods&&) = default;
  ~NodePods() = default;

  const api::ObjectMap<api::Pod>* all = nullptr;
  std::vector<PodPlan> plans;  ///< in natural order of their keys
  /// Those that have still to go, those already terminating too; our own comes once it is alone.
  std::vector<const PodPlan*> leaving;
};

}  // namespace cu::planner
