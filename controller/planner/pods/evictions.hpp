#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// What the drain does with one pod.
/// kStays   DaemonSet, mirror, selected by skipPods, a pod of our own Jobs: never touched
/// kLeaves  evicted
/// kWaits   our own pod, while it is the last to go or no other replica could take over
enum class PodFate { kStays, kLeaves, kWaits };

/// The filter table of kubectl drain (kubernetes/kubectl pkg/drain/filters.go); what is lost when
/// a pod leaves is a finding (planner/findings.hpp).
PodFate FateOf(const World& world, const api::Pod& pod);

/// Those of a node's pods that have still to go, those already terminating too.
std::vector<const api::Pod*> LeavingPods(const World& world, const api::ObjectMap<api::Pod>& pods);

/// DaemonSets ("namespace/name") with a Ready pod among `pods`, and those of `before`; at most 50.
std::vector<std::string> ReadyDaemonSets(const api::ObjectMap<api::Pod>& pods,
                                         const std::vector<std::string>& before);

/// "namespace/name@resourceVersion" of each, joined by commas.
std::string BudgetStamp(const std::vector<const api::PodDisruptionBudget*>& budgets);

/// What stands in the way of a drain, and what a sentence about it needs besides.
struct Obstacle {
  api::BlockedBy by;   ///< `since` not filled in
  std::string pod;     ///< "namespace/name" of a pod that it holds up, or ""
  std::string detail;  ///< the server's message, names of finalizers, when a grace ends; or ""
};

/// kEvict  asks the pods' budgets
/// kDelete asks nobody: spec.drain.onTimeout is Delete and the drain's time is over
enum class Means { kEvict, kDelete };

/// One round of a drain: what to send, and what stands in the way.
struct DrainRound {
  std::vector<Act> acts;
  std::vector<Obstacle> obstacles;
  std::optional<base::WallTime> look_at;  ///< a round may differ then though nothing changed
};
/// Pods that terminate already get no act, nor do those that a policy does not let go. A budget
/// gets no more evictions of Ready pods at a time than it allows, but always one, whose answer is
/// the server's own word. Pods that are not Ready are always asked for: they may go while the
/// budget is empty (kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go), and their
/// replacements may be what fills it. A pod that the server refuses for its own sake, or
/// fails to judge three times in a row, takes nothing from its budget: others of it go on.
DrainRound NextEvictions(const World& world,
                         const std::vector<const api::Pod*>& leaving,
                         Means means);

}  // namespace cu::planner
