#pragma once
#include <string_view>

#include "api/admission_webhooks.hpp"
#include "api/cluster_keys.hpp"
#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "api/workload_objects.hpp"

/// One row for each kind of object that the controller reads: its struct in api, the path of its
/// group and version, its plural there. A kind is decoded, stored and watched by its row, and by
/// what decode/ reads of it.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the rows make templates' instantiations
#define CU_KINDS(ROW)                                                                             \
  ROW(Node, "/api/v1", "nodes")                                                                   \
  ROW(Pod, "/api/v1", "pods")                                                                     \
  ROW(WholePod, "/api/v1", "pods")                                                                \
  ROW(WorkloadPod, "/api/v1", "pods")                                                             \
  ROW(SavedPod, "/api/v1", "podtemplates")                                                        \
  ROW(PersistentVolume, "/api/v1", "persistentvolumes")                                           \
  ROW(DaemonSet, "/apis/apps/v1", "daemonsets")                                                   \
  ROW(Deployment, "/apis/apps/v1", "deployments")                                                 \
  ROW(StatefulSet, "/apis/apps/v1", "statefulsets")                                               \
  ROW(ReplicaSet, "/apis/apps/v1", "replicasets")                                                 \
  ROW(ReplicationController, "/api/v1", "replicationcontrollers")                                 \
  ROW(Job, "/apis/batch/v1", "jobs")                                                              \
  ROW(PodDisruptionBudget, "/apis/policy/v1", "poddisruptionbudgets")                             \
  ROW(AuthorityBundle, "/api/v1", "configmaps")                                                   \
  ROW(Lease, "/apis/coordination.k8s.io/v1", "leases")                                            \
  ROW(VolumeAttachment, "/apis/storage.k8s.io/v1", "volumeattachments")                           \
  ROW(EndpointSlice, "/apis/discovery.k8s.io/v1", "endpointslices")                               \
  ROW(ValidatingWebhooks,                                                                         \
      "/apis/admissionregistration.k8s.io/v1",                                                    \
      "validatingwebhookconfigurations")                                                          \
  ROW(MutatingWebhooks, "/apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations") \
  ROW(ClusterUpgrade, "/apis/clusterupgrade.io/v1alpha1", "clusterupgrades")

namespace cu::codec {

/// Where the objects of a kind are.
struct Resource {
  std::string_view group_version;  ///< "/apis/apps/v1"
  std::string_view plural;
};

/// Of a type of the table above.
template <class T>
inline constexpr Resource kResource{};
#define CU_RESOURCE(Type, group_version, plural) \
  template <>                                    \
  inline constexpr Resource kResource<api::Type>{group_version, plural};
CU_KINDS(CU_RESOURCE)
#undef CU_RESOURCE

}  // namespace cu::codec
