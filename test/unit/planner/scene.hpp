#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/names.hpp"
#include "planner/plan.hpp"
#include "unit/planner/builders.hpp"
#include "unit/planner/describe.hpp"

namespace cu::planner {

using Lines = std::vector<std::string>;

/// A cluster as the planner sees it: what is set here is what its watches show, as far as they are
/// open. Nothing happens by itself. Look() plans; Settle() plans until nothing durable changes.
class Scene {
 public:
  explicit Scene(const api::ClusterUpgrade& upgrade = UpgradeBuilder());

  api::ClusterUpgrade& upgrade() { return upgrades.at(subject); }
  api::ClusterUpgradeSpec& spec() { return upgrade().spec; }
  api::ClusterUpgradeStatus& status() { return upgrade().status; }
  api::Node& node(const std::string& name) { return nodes.at(name); }

  /// Replaces what was there under its name.
  Scene& Add(api::Node node);
  Scene& Add(const std::string& node, api::Pod pod);
  Scene& Add(api::PodDisruptionBudget budget);
  Scene& Add(api::Job job);
  Scene& Add(api::ClusterUpgrade other);
  /// Opens the watches of every node's pods, and of webhooks.
  Scene& WatchAllPods();
  /// A changed spec, as the server and the decoder present it.
  void Edit();
  /// A new value of the annotation clusterupgrade.io/retry.
  void AskForRetry(const std::string& value);
  void Pass(int seconds);
  /// The server's answer to `action`.
  void Answer(const Action& action, Outcome outcome, const std::string& message = "");

  World MakeWorld() const;
  /// What a look at every pod of the cluster finds.
  Survey LookAtAllPods() const;

  /// One plan; nothing is adopted but its memory.
  Plan Look();
  /// The plan's status becomes durable and its watches are opened; false when they were.
  bool Adopt(const Plan& plan);
  /// Plans again, until nothing is left to adopt. Actions of the plans before the last are not
  /// sent.
  Plan Settle();
  Lines Actions() { return Describe(Settle().actions); }

  /// The node's entry in work, or null.
  api::NodeInWork* Entry(const std::string& name);
  /// "Draining", or "-" for a node that is not in work.
  std::string StepOf(const std::string& name);
  /// "Pod web DisruptionBudget", … of the node's entry.
  Lines BlockedBy(const std::string& name);
  Lines WarningLines() const;
  /// Names of the nodes in work.
  std::string InWork() const;
  /// Of the first failure, or "".
  std::string ReasonOfFailure() const;
  /// "True Upgraded", of one condition.
  std::string ConditionOf(const std::string& type) const;
  /// Ready, Reconciling and Stalled as "F T F Reason".
  std::string Conditions() const;
  std::string MessageOf(const std::string& type) const;

  std::string subject = kUpgradeName;
  api::ObjectMap<api::ClusterUpgrade> upgrades;
  api::ObjectMap<api::Node> nodes;
  api::ObjectMap<api::PodDisruptionBudget> budgets;
  api::ObjectMap<api::Job> jobs;
  std::map<std::string, api::ObjectMap<api::Pod>> pods;  ///< by node
  /// By node. Of a node that is not in it, the kubelet renews its Lease all the time.
  std::map<std::string, api::ObjectMap<api::Lease>> leases;
  api::ObjectMap<api::Pod> replicas;
  api::ObjectMap<api::Pod> control_plane_pods;
  api::OwnTokens own_tokens;
  std::optional<api::KeySet> key_set;
  api::ObjectMap<api::AuthorityBundle> authority;
  api::ObjectMap<api::AuthorityBundle> authorities;
  api::ObjectMap<api::Lease> api_servers;
  api::DeprecatedApis deprecated_apis{true, {}, ""};
  api::ObjectMap<api::ValidatingWebhooks> validating_webhooks;
  api::ObjectMap<api::MutatingWebhooks> mutating_webhooks;
  mutable std::map<std::string, api::ObjectMap<api::EndpointSlice>> endpoints;  ///< by Service
  // World points into them: looking makes empty ones.
  mutable std::map<std::string, api::ObjectMap<api::WholePod>> whole_pods;  ///< by "namespace/name"
  mutable std::map<std::string, api::ObjectMap<api::DaemonSet>> daemon_sets;      ///< the same
  mutable std::map<std::string, api::ObjectMap<api::WorkloadPod>> workload_pods;  ///< of `pods`
  mutable std::map<std::string, api::ObjectMap<api::Pod>> selected_pods;          ///< of `pods`
  api::ObjectMap<api::Deployment> deployments;
  api::ObjectMap<api::StatefulSet> stateful_sets;
  api::ObjectMap<api::ReplicaSet> replica_sets;
  api::ObjectMap<api::ReplicationController> replication_controllers;
  api::ObjectMap<api::VolumeAttachment> attachments;
  api::ObjectMap<api::SavedPod> saved_pods;
  api::ObjectMap<api::Pod> recreated_pods;
  std::optional<Survey> survey;  ///< instead of what a look at all pods finds
  api::ObjectMap<api::PersistentVolume> volumes;
  std::set<WantedWatch> open;
  std::string server_version;
  bool current = true;
  ActionResults results;
  /// Dry runs of pods and cordons are agreed to before anybody sees them.
  bool agrees_to_dry_runs = true;
  Memory memory;
  Self self;
  std::function<void(const api::ClusterUpgradeStatus& before)> on_adopt;
  base::Now now{kStart, base::SteadyTime(std::chrono::hours(1))};

 private:
  void ShowWorkloads(const std::string& ns) const;
  void ShowSelectedPods(const std::string& name) const;
  const api::ObjectMap<api::Lease>& LeaseOf(const std::string& node) const;
  void ShowWatch(const WantedWatch& wanted, World& world) const;
  bool AgreeTo(const std::vector<Action>& actions);

  // What the last world points to.
  mutable Survey surveyed_;
  mutable Scope scope_;
  mutable std::map<std::string, api::ObjectMap<api::Lease>> living_;
};

}  // namespace cu::planner
