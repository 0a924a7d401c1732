#pragma once
#include <string>

#include "api/objects.hpp"

namespace cu::planner {

/// Who may create a pod again: its controller, or else another owner; null if it has none.
const api::Owner* OwnerOf(const api::Pod& pod);
/// The workload that a pod belongs to, as people know it: its owner, or the Deployment of its
/// ReplicaSet. Pre: the pod has an owner.
api::Owner WorkloadOf(const api::Pod& pod);
/// "namespace/name" of that.
std::string WorkloadKey(const api::Pod& pod);

}  // namespace cu::planner
