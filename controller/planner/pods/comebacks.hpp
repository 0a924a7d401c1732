#pragma once
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/pod_plan.hpp"

/// Pods that land on a node after its cordon, because they tolerate it or name the node
/// themselves. To evict each of them would never end: their controllers make new ones.
namespace cu::planner {

/// `entry`: the durable one of the pod's node.
Comeback ComebackOf(const api::NodeInWork& entry, const api::Pod& pod);

/// Takes down in the entry those of `leaving` that are evicted once more; how many are new.
int NoteReturned(api::NodeInWork& entry, const std::vector<const PodPlan*>& leaving);

/// Its pods may land on the drained node again. Pre: the pod has an owner.
Finding MayComeBack(const api::Pod& pod);
/// It did. Pre: the pod has an owner.
Finding CameBack(const api::Pod& pod);

}  // namespace cu::planner
