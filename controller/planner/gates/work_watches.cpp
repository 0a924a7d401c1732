#include "planner/gates/work_watches.hpp"

#include "planner/gates/turn.hpp"

namespace cu::planner {

Contribution WatchesOfWork(const Planning& planning) {
  Contribution add;
  const Self& self = planning.world().self;
  for (const api::NodeInWork& entry : planning.status().in_progress) {
    add.Watch(WatchKind::kPodsOnNode, entry.name);
    if (entry.name == self.node && !self.pod.empty()) {
      add.Watch(WatchKind::kOwnReplicas, "");
    }
  }
  const bool needed = HasStages(planning.spec()) || !PoolInTurn(planning).empty();
  if (needed && planning.scope().SeesApiServer()) {
    add.Watch(WatchKind::kControlPlanePods, "");
  }
  return add;
}

}  // namespace cu::planner
