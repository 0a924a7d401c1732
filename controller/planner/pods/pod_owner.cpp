#include "planner/pods/pod_owner.hpp"

#include "base/check.hpp"

namespace cu::planner {

const api::Owner* OwnerOf(const api::Pod& pod) {
  const api::Metadata& meta = pod.meta;
  return meta.controller ? &*meta.controller : meta.owner ? &*meta.owner : nullptr;
}

api::Workload WorkloadOf(const api::Pod& pod) {
  const api::Owner* owner = OwnerOf(pod);
  CU_CHECK(owner != nullptr);
  return api::WorkloadOf(pod.meta, *owner);
}

}  // namespace cu::planner
