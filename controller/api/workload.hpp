#pragma once
#include <compare>
#include <optional>
#include <string>

#include "api/meta.hpp"

namespace cu::api {

/// What brings a pod back elsewhere: its controller, or the Deployment or Rollout behind a
/// ReplicaSet, so that a rollout in between is no other workload.
struct Workload {
  std::string ns;
  std::string kind;
  std::string name;

  /// "shop/web"
  std::string Key() const { return ns + "/" + name; }
  /// "Deployment shop/web"
  std::string Text() const { return kind + " " + Key(); }
  auto operator<=>(const Workload&) const = default;
};

/// The workload of a pod that has this owner. A ReplicaSet is named after what it belongs to, and
/// the hash of the pods' template, which is their label, too:
/// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
Workload WorkloadOf(const Metadata& pod, const Owner& owner);
/// Of its controller. None for a pod without one, and for pods that belong to their node: of a
/// DaemonSet, a static pod's mirror.
std::optional<Workload> WorkloadOf(const Metadata& pod);

}  // namespace cu::api
