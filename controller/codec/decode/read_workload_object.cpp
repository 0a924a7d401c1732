#include "codec/decode/read_workload_object.hpp"

#include <array>
#include <limits>

#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {
namespace {

constexpr auto kDropped = std::to_array<std::string_view>({"managedFields",
                                                           "containers",
                                                           "initContainers",
                                                           "volumes",
                                                           "volumeClaimTemplates",
                                                           "tolerations",
                                                           "conditions"});

constexpr std::string_view kOnDelete = "OnDelete";
constexpr int kMost = std::numeric_limits<int>::max();

/// What they have in common.
template <class T>
T ReadWorkload(const Reader& object) {
  T workload;
  workload.meta = ReadMetadata(object["metadata"], KeepOurs);
  const Reader spec = object["spec"];
  workload.pods = spec["replicas"].OptionalInt(0, kMost);
  workload.selector = spec["selector"].Selector().value_or(api::LabelSelector{}).Text();
  Problems ignored;  // whoever may write the template may write anything
  const Reader annotations = spec["template"]["metadata"]["annotations"];
  workload.restarted = annotations["kubectl.kubernetes.io/restartedAt"].Rebased("", ignored).Time();
  return workload;
}

}  // namespace

template <>
Names DroppedMembers<api::Deployment>() {
  return kDropped;
}
template <>
api::Deployment Read(const Reader& object) {
  auto deployment = ReadWorkload<api::Deployment>(object);
  deployment.rolls_out = !object["spec"]["paused"].Flag();
  return deployment;
}

template <>
Names DroppedMembers<api::StatefulSet>() {
  return kDropped;
}
template <>
api::StatefulSet Read(const Reader& object) {
  auto set = ReadWorkload<api::StatefulSet>(object);
  const Reader strategy = object["spec"]["updateStrategy"];
  set.rolls_out = strategy["type"].Text() != kOnDelete &&
                  strategy["rollingUpdate"]["partition"].Int(0, 0, kMost) == 0;
  return set;
}

template <>
Names DroppedMembers<api::ReplicaSet>() {
  return kDropped;
}
template <>
api::ReplicaSet Read(const Reader& object) {
  return ReadWorkload<api::ReplicaSet>(object);
}

template <>
Names DroppedMembers<api::DaemonSet>() {
  return kDropped;
}
template <>
api::DaemonSet Read(const Reader& object) {
  auto set = ReadWorkload<api::DaemonSet>(object);
  set.pods = object["status"]["desiredNumberScheduled"].OptionalInt(0, kMost);
  set.rolls_out = object["spec"]["updateStrategy"]["type"].Text() != kOnDelete;
  set.placement = ReadPlacement(object["spec"]["template"]["spec"]);
  return set;
}

template <>
Names DroppedMembers<api::ReplicationController>() {
  return kDropped;
}
template <>
api::ReplicationController Read(const Reader& object) {
  auto controller = ReadWorkload<api::ReplicationController>(object);
  controller.selector = api::LabelSelector{object["spec"]["selector"].Map(), {}}.Text();
  return controller;
}

}  // namespace cu::codec
