#pragma once
#include <optional>

#include "api/meta.hpp"
#include "api/placement.hpp"

namespace cu::api {

/// What asks for a number of pods, as far as a refresh of its pods needs it.
struct WorkloadObject {
  Metadata meta;  ///< annotations kept: clusterupgrade.io/*
  /// How many: spec.replicas, of a DaemonSet status.desiredNumberScheduled.
  std::optional<int> pods;
  /// That selects its pods, as the query labelSelector takes it; "" selects all of its namespace.
  std::string selector;
  /// Once its template changes, it replaces all its pods by itself: it is not paused, its strategy
  /// is not OnDelete, and no partition holds pods back.
  bool rolls_out = false;
  /// The template's annotation kubectl.kubernetes.io/restartedAt.
  std::optional<base::WallTime> restarted;
  bool operator==(const WorkloadObject&) const = default;
};

/// apps/v1
struct Deployment : WorkloadObject {
  bool operator==(const Deployment&) const = default;
};
struct StatefulSet : WorkloadObject {
  bool operator==(const StatefulSet&) const = default;
};
struct ReplicaSet : WorkloadObject {
  bool operator==(const ReplicaSet&) const = default;
};
struct DaemonSet : WorkloadObject {
  Placement placement;  ///< of its pods, taints aside
  bool operator==(const DaemonSet&) const = default;
};
/// v1
struct ReplicationController : WorkloadObject {
  bool operator==(const ReplicationController&) const = default;
};

}  // namespace cu::api
