#include "planner/pods/pod_owner.hpp"

#include "base/check.hpp"

namespace cu::planner {

const api::Owner* OwnerOf(const api::Pod& pod) {
  const api::Metadata& meta = pod.meta;
  return meta.controller ? &*meta.controller : meta.owner ? &*meta.owner : nullptr;
}

api::Owner WorkloadOf(const api::Pod& pod) {
  CU_CHECK(OwnerOf(pod) != nullptr);
  api::Owner owner = *OwnerOf(pod);
  // A ReplicaSet of a Deployment is named after it and the hash of its template, which is also a
  // label of its pods.
  const auto hash = pod.meta.labels.find("pod-template-hash");
  if (owner.kind == api::kReplicaSetKind && hash != pod.meta.labels.end() &&
      owner.name.ends_with("-" + hash->second)) {
    owner.kind = api::kDeploymentKind;
    owner.name.resize(owner.name.size() - hash->second.size() - 1);
  }
  return owner;
}

std::string WorkloadKey(const api::Pod& pod) {
  return pod.meta.ns + "/" + WorkloadOf(pod).name;
}

}  // namespace cu::planner
