#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "api/admission_webhooks.hpp"
#include "api/cluster_keys.hpp"
#include "api/cluster_upgrade.hpp"
#include "api/deprecated_apis.hpp"
#include "api/executor_images.hpp"
#include "api/objects.hpp"
#include "api/workload_objects.hpp"
#include "base/time.hpp"
#include "planner/model/action.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {

/// Objects of one wanted watch. Absent from World while never opened; `current` false until listed
/// and while its watch is not known to be alive.
template <class T>
struct Observed {
  const api::ObjectMap<T>* items = nullptr;
  bool current = false;
  std::string denied = {};  ///< what the API server says if it may not be read, or ""
  bool listed = false;      ///< `items` were complete once
};

/// Who and where we are.
struct Self {
  std::string pod;  ///< "namespace/name", or "" outside a cluster
  std::string node;
  std::string job_namespace;
  api::ExecutorImages executor_images;
  std::int64_t epoch = 0;
};

/// How long the API was away while the object had nodes in work, as far as this process has seen.
struct ApiOutages {
  int longest_seconds = 0;
  /// Of the run that began then: the sum that its history showed before, and what has been seen
  /// since.
  std::optional<base::WallTime> run_start;
  int run_seconds = 0;
};

/// Everything a decision depends on. Pointers outlive the call.
struct World {
  base::Now now;
  Self self;
  const api::ClusterUpgrade* upgrade = nullptr;
  const api::ObjectMap<api::ClusterUpgrade>* upgrades = nullptr;
  const api::ObjectMap<api::Node>* nodes = nullptr;
  const Scope* scope = nullptr;  ///< of `upgrade`, made of `nodes`
  const api::ObjectMap<api::PodDisruptionBudget>* budgets = nullptr;
  const api::ObjectMap<api::Job>* jobs = nullptr;  ///< ours, by "namespace/name"
  /// Every standing reflector is listed, its watch alive, and not silent: only then may a
  /// node be started.
  bool current = false;
  std::map<std::string, Observed<api::Pod>> pods;      ///< by node
  std::map<std::string, Observed<api::Lease>> leases;  ///< by node
  Observed<api::Pod> replicas;
  Observed<api::Pod> control_plane_pods;
  Observed<api::VolumeAttachment> attachments;                      ///< of all nodes
  std::map<std::string, Observed<api::WholePod>> whole_pods;        ///< by "namespace/name"
  std::map<std::string, Observed<api::DaemonSet>> daemon_sets;      ///< by "namespace/name"
  std::map<std::string, Observed<api::WorkloadPod>> workload_pods;  ///< by namespace
  std::map<std::string, Observed<api::Pod>> selected_pods;  ///< by "namespace/label selector"
  // By "namespace/name".
  std::map<std::string, Observed<api::Deployment>> deployments;
  std::map<std::string, Observed<api::StatefulSet>> stateful_sets;
  std::map<std::string, Observed<api::ReplicaSet>> replica_sets;
  std::map<std::string, Observed<api::ReplicationController>> replication_controllers;
  std::map<std::string, Observed<api::PersistentVolume>> volumes;  ///< by name
  Observed<api::SavedPod> saved_pods;
  Observed<api::Pod> recreated_pods;
  Observed<api::ValidatingWebhooks> validating_webhooks;
  Observed<api::MutatingWebhooks> mutating_webhooks;
  std::map<std::string, Observed<api::EndpointSlice>>
      endpoints;  ///< by "namespace/name" of Service
  Observed<api::AuthorityBundle> authority;
  Observed<api::AuthorityBundle> authorities;  ///< of all namespaces
  Observed<api::Lease> api_servers;
  const api::OwnTokens* own_tokens = nullptr;  ///< null: there are none
  const api::KeySet* key_set = nullptr;        ///< null while they are not known
  /// What the last complete look at all pods has found; null before the first.
  const Survey* survey = nullptr;
  std::string survey_problem;                            ///< why it takes so long, or ""
  const api::DeprecatedApis* deprecated_apis = nullptr;  ///< null while they are not asked for
  std::string server_version;                            ///< "v1.36.3", or "" while unknown
  ApiOutages api_outages;
  const ActionResults* results = nullptr;
};

/// A pod of an upgrade Job.
bool IsJobPod(const Self& self, const api::Pod& pod);

}  // namespace cu::planner
