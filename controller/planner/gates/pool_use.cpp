#include "planner/gates/pool_use.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

api::PoolSpec PoolSpecOf(const Planning& planning, const std::string& pool) {
  if (pool == kControlPlanePool) {
    return {};  // one at a time, and all the others Ready: etcd's margin
  }
  for (const api::PoolSpec& spec : planning.spec().pools) {
    if (spec.name == pool) {
      return spec;
    }
  }
  return {};
}

int Budget(const api::PoolSpec& spec, int nodes) {
  constexpr int kHundredPercent = 100;
  const int wanted = spec.max_unavailable.percent
                         ? nodes * spec.max_unavailable.value / kHundredPercent
                         : spec.max_unavailable.value;
  return std::max(1, wanted);
}

/// Places of the pool that are kept for nodes that were deleted while in work.
int AwaitedIn(const Planning& planning, const std::string& pool) {
  const auto& deleted = planning.status().deleted_nodes;
  return static_cast<int>(std::count_if(deleted.begin(), deleted.end(), [&](const auto& node) {
    return node.awaited() && node.pool == pool;
  }));
}

}  // namespace

PoolUse UseOf(const Planning& planning, const std::string& pool) {
  const api::PoolSpec spec = PoolSpecOf(planning, pool);
  PoolUse use;
  const auto& pools = planning.scope().pools();
  const auto index = std::find(pools.begin(), pools.end(), pool) - pools.begin();
  int nodes = 0;
  for (const NodeView& view : planning.nodes()) {
    const bool ready = view.ready;
    // A member of etcd that is down is missed, whoever looks after it.
    const bool missed = view.control_plane && !ready;
    const bool counts = view.skip == nullptr || view.in_work || missed;
    if (!counts || view.pool != index) {
      continue;
    }
    ++nodes;
    if (view.in_work) {
      ++use.unavailable;
    } else if (!ready && (missed || !view.failed)) {
      use.unhealthy.push_back(view.skip == nullptr ? view.name()
                                                   : view.name() + " (" + view.skip->text + ")");
      use.unavailable += spec.unhealthy_nodes == api::UnhealthyNodes::kWait ? 1 : 0;
    } else if (view.at_target && !view.due && view.pending()) {
      use.with_job.push_back(view.name());
      ++use.unavailable;
    }
  }
  const int awaited = AwaitedIn(planning, pool);
  use.unavailable += awaited;
  use.awaits_replacement = awaited > 0;
  use.budget = Budget(spec, nodes + awaited);
  return use;
}

bool IsPassedOver(const Planning& planning, const NodeView& view) {
  return !view.ready && !view.control_plane && view.IsToBeDone() &&
         PoolSpecOf(planning, view.scoped->pool).unhealthy_nodes == api::UnhealthyNodes::kIgnore;
}

}  // namespace cu::planner
