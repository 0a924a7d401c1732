#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"

namespace cu::planner {

/// What a drain does with one pod.
/// kSkip   DaemonSet, mirror, selected by skipPods, a pod of our own Jobs, or one that came back
///         (Comeback::kStays): never touched
/// kEvict  it has to leave
/// kLast   our own pod: it leaves once it is the last, if another replica is Ready elsewhere
enum class PodDisposition { kSkip, kEvict, kLast };

/// What becomes of a pod that landed on its node after the cordon (pods/comebacks.hpp).
/// kNo        it was there before the cordon, or nobody would make another
/// kStays     it stays on the node, as a DaemonSet's pod does
/// kOnceMore  it does not tolerate the cordon, so it may have come by chance (a scheduler that had
///            not seen the cordon yet): it is evicted. The next one of its controller stays
enum class Comeback { kNo, kStays, kOnceMore };

/// All that is decided of one pod, once per plan (pods/pod_judge.hpp makes it): drain, warnings,
/// counts and messages read it here.
struct PodPlan {
  const api::Pod* pod = nullptr;
  PodDisposition disposition = PodDisposition::kSkip;
  Comeback comeback = Comeback::kNo;  ///< of a pod that would have to leave otherwise
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
  /// Those that have still to go, those already terminating too unless they have ended; our own
  /// comes once it is alone.
  std::vector<const PodPlan*> leaving;
};

}  // namespace cu::planner
