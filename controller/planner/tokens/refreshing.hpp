#pragma once
#include "planner/tokens/token_work.hpp"

namespace cu::planner {

/// spec.tokenRefresh.mode Auto, once a change has settled: pods with old credentials are replaced,
/// workload after workload, in the order of the last look at all pods; then all pods are looked at
/// anew, until a look finds nobody.
///
/// One kind of disturbance at a time: no workload is taken up while a node is in work, and none is
/// worked on. After a soft change the nodes go first, since what a drain moves is fresh; after a
/// hard one they wait (gates/tokens). The first workload of all, and those that the cluster depends
/// on, are alone in work. What cannot be refreshed is left, and tried again after five minutes when
/// nothing else is left to be tried.
///
/// Pre: work.status->change is open and has settled; planning has the status of this plan's nodes.
/// `nodes_may_start`: nothing but time, or what passes, keeps nodes in turn from being started.
void RefreshWorkloads(const Planning& planning, bool nodes_may_start, TokenWork& work);

}  // namespace cu::planner
