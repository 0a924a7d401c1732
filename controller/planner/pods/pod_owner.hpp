#pragma once
#include "api/objects.hpp"

namespace cu::planner {

/// Who may create a pod again: its controller, or else another owner; null if it has none.
const api::Owner* OwnerOf(const api::Pod& pod);
/// The workload of that. Pre: the pod has an owner.
api::Workload WorkloadOf(const api::Pod& pod);

}  // namespace cu::planner
