#include "codec/decode/read_workload_pod.hpp"

#include <array>
#include <utility>

#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_pod.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::WorkloadPod>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields",
                                                                  "annotations",
                                                                  "finalizers",
                                                                  "containers",
                                                                  "initContainers",
                                                                  "volumes",
                                                                  "affinity",
                                                                  "tolerations",
                                                                  "topologySpreadConstraints",
                                                                  "containerStatuses",
                                                                  "initContainerStatuses",
                                                                  "ephemeralContainers",
                                                                  "ephemeralContainerStatuses"});
  return kNames;
}

template <>
api::WorkloadPod Read(const Reader& object) {
  const Reader spec = object["spec"];
  const Reader status = object["status"];
  api::Metadata meta = ReadMetadata(object["metadata"], KeepNone);
  const api::PodPhase phase = ReadPhase(status);
  api::WorkloadPod pod;
  if (IsLasting(spec)) {
    pod.workload = api::WorkloadOf(meta);
  }
  pod.node = spec["nodeName"].Text();
  pod.terminating = meta.deleted.has_value();
  pod.finished = phase == api::PodPhase::kSucceeded || phase == api::PodPhase::kFailed;
  pod.ready = FindCondition(status["conditions"], "Ready").is_true && !pod.terminating;
  pod.meta = {std::move(meta.ns),
              std::move(meta.name),
              std::move(meta.uid),
              std::move(meta.resource_version)};
  return pod;
}

}  // namespace cu::codec
