#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "base/time.hpp"
#include "planner/action.hpp"
#include "planner/survey.hpp"

namespace cu::planner {

/// A further collection that a plan wants watched.
/// kPodsOnNode   pods with spec.nodeName = name, in all namespaces
/// kNodeLease    Lease `name` in kube-node-lease
/// kOwnReplicas  pods of the controller's own namespace with its label (name is "")
/// kServerVersion  GET /version, asked again every 5 minutes while wanted (name is "")
/// kVolumeAttachments  those of node `name`
/// kWholePod     pod `name` ("namespace/name") with its manifest
/// kDaemonSet    DaemonSet `name` ("namespace/name")
/// kSavedPods    PodTemplates of ours, in all namespaces (name is "")
/// kRecreatedPods  pods that were created again, in all namespaces (name is "")
/// kSurvey       a look at every pod of the cluster (name is "")
enum class InterestKind {
  kPodsOnNode,
  kNodeLease,
  kOwnReplicas,
  kServerVersion,
  kVolumeAttachments,
  kWholePod,
  kDaemonSet,
  kSavedPods,
  kRecreatedPods,
  kSurvey
};
struct Interest {
  InterestKind kind = InterestKind::kPodsOnNode;
  std::string name;
  auto operator<=>(const Interest&) const = default;
};

/// Objects of one interest. Absent from World while never opened; `current` false until listed and
/// while its watch is not known to be alive.
template <class T>
struct Watched {
  const api::ObjectMap<T>* items = nullptr;
  bool current = false;
};

/// Who and where we are.
struct Self {
  std::string pod;  ///< "namespace/name", or "" outside a cluster
  std::string node;
  std::string job_namespace;
  std::int64_t epoch = 0;
};

/// Facts seen by earlier plans of this process that are not worth keeping durably; losing them
/// costs waiting a little longer.
struct Memory {
  struct Healthy {
    base::SteadyTime since;
    std::string proof;  ///< what must not change meanwhile: Ready's transition, boot, version
  };
  std::map<std::string, Healthy> healthy;           ///< by node UID
  std::map<std::string, std::string> lease_before;  ///< by node UID: renewTime when verifying began
  std::map<std::string, base::WallTime> blocked_since;  ///< by node UID + object + reason
  std::optional<base::SteadyTime> idle_since;           ///< nothing to do but unhealthy nodes
  std::set<std::string> granted;  ///< "<spec fingerprint> <question>" that the server agreed to
  /// Its last refusals, by the same: they hold until it says something better.
  std::map<std::string, Answer> refused;
  std::map<std::string, std::string> refused_nodes;  ///< by name: why each may not be drained
  /// Warnings for which status.warnings had no room, as hashes: told and counted once.
  std::set<std::uint64_t> told;
  /// Of pods that are saved to be created again.
  struct Saving {
    bool begun = false;  ///< this process has looked at the saved pods
    /// Saves whose PodTemplate was not seen yet, by pod UID: when they were wanted last.
    std::map<std::string, base::SteadyTime> unsettled;
    /// Pods that stay after all, by UID of the PodTemplate: since when nobody evicts them.
    std::map<std::string, base::SteadyTime> stays;
    std::set<std::string> forgotten;  ///< UIDs of PodTemplates whose deletion was wanted
    std::set<std::string> told;       ///< warnings given, as "UID of the PodTemplate occasion"
  };
  Saving saving;
};

/// Everything a decision depends on. Pointers outlive the call.
struct World {
  base::Now now;
  Self self;
  const api::ClusterUpgrade* upgrade = nullptr;
  const api::ObjectMap<api::ClusterUpgrade>* upgrades = nullptr;
  const api::ObjectMap<api::Node>* nodes = nullptr;
  const api::ObjectMap<api::PodDisruptionBudget>* budgets = nullptr;
  const api::ObjectMap<api::Job>* jobs = nullptr;  ///< ours, by "namespace/name"
  /// Every standing reflector is listed, its watch alive, heard from within 75 s: only then may a
  /// node be started.
  bool current = false;
  std::map<std::string, Watched<api::Pod>> pods;      ///< by node
  std::map<std::string, Watched<api::Lease>> leases;  ///< by node
  Watched<api::Pod> replicas;
  std::map<std::string, Watched<api::VolumeAttachment>> attachments;  ///< by node
  std::map<std::string, Watched<api::WholePod>> whole_pods;           ///< by "namespace/name"
  std::map<std::string, Watched<api::DaemonSet>> daemon_sets;         ///< by "namespace/name"
  Watched<api::SavedPod> saved_pods;
  Watched<api::Pod> recreated_pods;
  /// What the last complete look at all pods has found; null before the first.
  const Survey* survey = nullptr;
  std::string survey_problem;  ///< why it takes so long, or ""
  std::string server_version;  ///< "v1.36.3", or "" while unknown
  int api_gap_seconds = 0;     ///< the longest time the API was seen away with nodes in work
  const Answers* answers = nullptr;
  const Memory* memory = nullptr;
};

/// `status` is what ought to be in the object; the caller writes it when it differs. When its
/// Intent differs, it must be durable before any of `actions` may be sent (and then a new plan is
/// made).
struct Plan {
  api::ClusterUpgradeStatus status;
  std::vector<Act> actions;  ///< all that is wanted now, in order of importance
  std::set<Interest> interests;
  Memory memory;
  std::vector<Finding> refusals;  ///< findings that hold the upgrade or a node, at most 20
  /// Findings that only warn and found no room in status.warnings, each once: it gets an Event.
  std::vector<Finding> overflow;
  /// The next instant at which a plan may differ though nothing else changed.
  std::optional<base::SteadyTime> next_look;
};

/// Pure: equal worlds give equal plans. Pre: every pointer is set.
Plan MakePlan(const World& world);

/// The part of a status that gates acts: node, step, stage, attempt, version, Job uid, epoch,
/// generation, failures, postponed. Equal strings, equal intent.
std::string IntentOf(const api::ClusterUpgradeStatus& status);

/// Nodes that carry the mark of a ClusterUpgrade that no longer exists are given back, optional
/// marks first, once no unfinished Job of ours is left on them. Pre: the first three come from
/// current reflectors.
std::vector<Act> ReleaseOrphans(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                const api::ObjectMap<api::Node>& nodes,
                                const api::ObjectMap<api::Job>& jobs,
                                const Answers& answers);

/// Finished Jobs of a ClusterUpgrade that no longer exists: each is to go away after an hour.
/// Pre: both maps come from current reflectors.
std::vector<Act> ExpireOrphanedJobs(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                    const api::ObjectMap<api::Job>& jobs);

/// Something worth telling users: one Event on the ClusterUpgrade, warnings also on the node.
struct Notice {
  bool warning = false;
  std::string reason;  ///< CamelCase
  std::string action;  ///< what we were doing, CamelCase: events.k8s.io/v1 requires it
  std::string note;    ///< at most 1,000 characters
  std::string node;    ///< concerned, or ""
  std::string node_uid;
  std::string id;      ///< the same for the same occurrence: makes the Event's name
  bool minor = false;  ///< there may be hundreds of its kind: it waits behind all others
  bool operator==(const Notice&) const = default;
};

/// One warning for each finding of `found` that is not in `told`; minor.
std::vector<Notice> NoticesOf(const api::ClusterUpgrade& upgrade,
                              const std::vector<Finding>& told,
                              const std::vector<Finding>& found);

/// What changed from a durable status to the next one that people want to hear of.
std::vector<Notice> NoticesBetween(const api::ClusterUpgrade& upgrade,
                                   const api::ClusterUpgradeStatus& before,
                                   const api::ClusterUpgradeStatus& after);

}  // namespace cu::planner
