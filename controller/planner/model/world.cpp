#include "planner/model/world.hpp"

#include "api/labels.hpp"

namespace cu::planner {

bool IsJobPod(const Self& self, const api::Pod& pod) {
  return pod.meta.ns == self.job_namespace && pod.meta.labels.contains(api::kJobUpgrade);
}

}  // namespace cu::planner
