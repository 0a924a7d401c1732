#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/meta.hpp"
#include "api/placement.hpp"
#include "api/workload.hpp"

namespace cu::api {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;
  bool operator==(const Taint&) const = default;
};

struct Node {
  Metadata meta;  ///< annotations kept: clusterupgrade.io/*, the autoscalers' two
  bool unschedulable = false;
  std::vector<Taint> taints;
  bool ready = false;  ///< condition Ready is True
  /// lastTransitionTime of condition Ready.
  std::optional<base::WallTime> ready_since;
  std::string kubelet_version;
  std::string boot_id;
  std::string os;           ///< as the kubelet reports it, or ""
  std::string system_uuid;  ///< of the machine, as the kubelet reports it, or ""
  bool operator==(const Node&) const = default;
};

enum class PodPhase { kPending, kRunning, kSucceeded, kFailed, kUnknown };

/// How a container ended that did not end well.
struct ContainerEnd {
  std::string container;
  int exit_code = 0;
  int signal = 0;
  std::string reason;   ///< "Error", "OOMKilled", or ""
  std::string message;  ///< the end of its termination message, one line
  bool operator==(const ContainerEnd&) const = default;
};

struct Pod {
  Metadata meta;  ///< annotations kept: kubernetes.io/config.mirror, wishes not to be disturbed
  std::string node_name;
  PodPhase phase = PodPhase::kUnknown;
  bool ready = false;          ///< condition Ready is True
  bool node_critical = false;  ///< priorityClassName is system-node-critical
  /// priorityClassName is system-node-critical or system-cluster-critical.
  bool system_critical = false;
  bool has_empty_dir = false;       ///< a volume of type emptyDir
  std::vector<std::string> claims;  ///< PersistentVolumeClaims of its namespace that it mounts
  Placement placement;
  bool lasting = true;  ///< restartPolicy Always: it is to run until it is deleted
  /// Its tolerations cover node.kubernetes.io/unschedulable:NoSchedule, the taint of a cordon.
  bool tolerates_cordon = false;
  /// A volume has a token of its ServiceAccount (a projection of serviceAccountToken).
  bool holds_token = false;
  bool holds_authority = false;  ///< a volume has the ConfigMap kube-root-ca.crt
  bool accepted = false;         ///< by a kubelet, which sets status.startTime
  bool in_gang = false;          ///< spec.schedulingGroup: scheduled only together with others
  bool started = false;          ///< a container (or init container) of it has ever started
  bool running = false;          ///< one of them runs now
  std::string problem;           ///< waiting reason of a container, "ImagePullBackOff: …", or ""
  /// A container waits for an image that cannot be pulled, as `problem` says.
  bool lacks_image = false;
  std::string ended_by;                 ///< status.reason, "Evicted: …", "OutOfcpu: …", or ""
  std::string mirror_image;             ///< of a mirror pod: that of its first container
  std::optional<ContainerEnd> failure;  ///< of the first container that failed
  std::optional<std::int64_t> grace_seconds;  ///< spec.terminationGracePeriodSeconds
  std::optional<std::int64_t> deletion_grace_seconds;
  bool oversized = false;  ///< more than is kept of one pod: some of its labels may be missing
  bool finished() const { return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed; }
  bool of_daemon_set() const { return meta.controller && meta.controller->kind == kDaemonSetKind; }
  bool mirror() const { return meta.annotations.contains("kubernetes.io/config.mirror"); }
  bool operator==(const Pod&) const = default;
};

/// One pod of a namespace, as far as the counts of its workload need it: there are many.
struct WorkloadPod {
  struct Identity {
    std::string ns;
    std::string name;
    std::string uid;
    std::string resource_version;  ///< not compared by ==
    std::string Key() const { return ns + "/" + name; }
    bool operator==(const Identity& other) const {
      return ns == other.ns && name == other.name && uid == other.uid;
    }
  };
  Identity meta;
  std::optional<Workload> workload;  ///< none: nothing waits for it (restartPolicy, no controller)
  std::string node;                  ///< "" while it is not scheduled
  bool ready = false;                ///< and not terminating
  bool terminating = false;
  bool finished = false;
  bool operator==(const WorkloadPod&) const = default;
};

/// A pod with all that is needed to create it again.
struct WholePod {
  Metadata meta;
  /// JSON text of a PodTemplateSpec: the pod's labels, annotations and spec without what the
  /// cluster has added to this one instance.
  std::string manifest;
  bool operator==(const WholePod&) const = default;
};

/// A pod that is to be created again, as a core/v1 PodTemplate with our annotations.
struct SavedPod {
  Metadata meta;  ///< annotations kept: clusterupgrade.io/*, but for kSavedPodManifest
  std::string manifest;
  std::string digest;  ///< DigestOf what it says that it keeps
  bool operator==(const SavedPod&) const = default;
};

/// storage.k8s.io/v1: a volume that is attached to a node, or on its way to or from it.
struct VolumeAttachment {
  Metadata meta;
  std::string node;
  std::string volume;  ///< name of the PersistentVolume, or ""
  bool operator==(const VolumeAttachment&) const = default;
};

struct PersistentVolume {
  Metadata meta;
  std::string claim;  ///< "namespace/name" of the claim that it is bound to, or ""
  Placement placement;
  bool operator==(const PersistentVolume&) const = default;
};

struct PodDisruptionBudget {
  Metadata meta;
  std::optional<LabelSelector> selector;  ///< none selects nothing; an empty one everything
  std::optional<IntOrPercent> min_available;
  std::optional<IntOrPercent> max_unavailable;
  bool lets_unhealthy_go = false;  ///< unhealthyPodEvictionPolicy: AlwaysAllow
  std::int64_t observed_generation = 0;
  int disruptions_allowed = 0;
  int current_healthy = 0;
  int desired_healthy = 0;
  int expected_pods = 0;
  /// More than is kept of one budget: it may select fewer pods than `selector` does.
  bool oversized = false;
  std::string sync_failure;  ///< what condition DisruptionAllowed says with reason SyncFailed
  bool operator==(const PodDisruptionBudget&) const = default;
};

struct Job {
  Metadata meta;  ///< annotations kept: clusterupgrade.io/*
  bool complete = false;
  bool failed = false;
  std::string failure_reason;
  std::string failure_message;
  std::optional<int> ttl_seconds;
  std::optional<int> active_deadline_seconds;  ///< after it the Job controller ends the pods
  bool suspended = false;                      ///< spec.suspend: no pod is made
  std::string node_name;                       ///< of its pods, or ""
  Placement placement;                         ///< of its pods
  bool operator==(const Job&) const = default;
};

/// coordination.k8s.io/v1 Lease, of the leader or of a node.
struct Lease {
  Metadata meta;
  std::string holder;
  std::string renew_time;  ///< as written: only compared, never read as a time
  std::int64_t transitions = 0;
  bool operator==(const Lease&) const = default;
};

}  // namespace cu::api
