#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/objects.hpp"
#include "planner/model/action.hpp"
#include "planner/model/pod_plan.hpp"
#include "planner/model/world.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {

/// kEvict  asks the pods' budgets
/// kDelete asks nobody: spec.drain.onTimeout is Delete and the drain's time is over
enum class Means { kEvict, kDelete };

/// One round of a drain: what to send, and what stands in the way.
struct DrainRound {
  std::vector<Action> actions;
  std::vector<Obstacle> obstacles;
  std::optional<base::WallTime> wake_at;  ///< a round may differ then though nothing changed
};
/// Whether a drain has to wait for it: nothing runs in a pod that has ended, and once the server
/// has answered to its eviction, whatever it said, the pod does not hold the drain.
bool HoldsDrain(const World& world, const PodPlan& leaving);

/// Its eviction was accepted, or may have been, and its watch has not shown it yet.
bool IsLeaving(const World& world, const api::Pod& pod);

/// Pods that terminate already get no action, nor do those that a policy does not let go. A budget
/// gets no more evictions of Ready pods at a time than it allows, but always one, whose answer is
/// the server's own word. Pods that are not Ready are always asked for: they may go while the
/// budget is empty (kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go), and their
/// replacements may be what fills it. A pod that the server refuses for its own sake, or
/// fails to judge three times in a row, takes nothing from its budget: others of it go on.
DrainRound NextEvictions(const World& world,
                         const std::vector<const PodPlan*>& leaving,
                         Means means);

}  // namespace cu::planner
