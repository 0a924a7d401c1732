#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "network.hpp"
#include "rotator.hpp"

namespace cu::simulation {

/// The configuration of one simulated upgrade.
struct Scenario {
  std::uint64_t seed = 0;
  int control_planes = 1;  ///< 0: a managed control plane
  int workers = 3;
  std::string from = "v1.35.4";
  std::string to = "v1.36.3";
  Json spec;
  int controllers = 1;
  FaultRates fault_rates;
  double bad_programs = 0;    ///< the probability that an upgrade program misbehaves
  int user_actions = 0;       ///< how many, at random times
  int faults = 0;             ///< outages, crashes, reboots, revoked rights, …, at random times
  bool user_deletes = false;  ///< a user deletes the object
  /// For how long the server refuses them, from the beginning.
  std::map<ApiServer::Refused, Duration> refused;
  double stuck_volume_rate = 0;                   ///< the probability that a volume stays attached
  Duration budget_lag = std::chrono::seconds{1};  ///< of the disruption controller, at most
  Duration clock_error{};       ///< so much the clocks of the controllers are ahead
  double clock_drift = 0;       ///< Process::set_wall_drift
  Duration last_clock_error{};  ///< so much more the clock of the last controller is ahead
  /// Workers that are at another version than the others at first, some of them too old or too new.
  std::map<std::string, std::string> odd_versions;
  bool late_control_plane = false;  ///< a managed one, which is upgraded after the fault period
  /// Sixty budgets with long names select the pods of one workload, which two are enough to hold.
  bool hostile_names = false;
  /// Denies evictions for so long, from the beginning.
  std::optional<EvictionWebhook> webhook;
  Duration webhook_denies{};
  /// Of pods, an admission webhook: nobody answers for it for so long, from the beginning and once
  /// more at a random time.
  struct PodHook {
    bool mutating = false;
    bool asks_itself = false;
    Duration down_at_first{};
    Duration down_later{};
    bool on_one_node = false;  ///< all that answers is on worker-1, until users help
  };
  std::optional<PodHook> pod_hook;
  bool rewritten_budgets = false;  ///< a user writes the budgets again every few seconds
  bool applications = false;       ///< spread over nodes; their pods take time to become Ready
  int rollouts = 0;                ///< and other changes of applications, at random times
  bool hard_to_drain = false;      ///< pods and budgets of every kind that makes drains hard
  /// The pods of a reference upgrade: "unmanaged pods", "held" (by a budget), "released" (held for
  /// some minutes), "refused" (by a budget that never allows an eviction), "returning" (to the node
  /// that they were evicted from), "volumes", "two nodes" (team/shard, app shard, on worker-1, and
  /// team/other on worker-2), "many pods" (of one workload); "": random.
  std::string fixture;
  bool odd_nodes = false;          ///< a virtual node and one of Windows are beside the others
  bool components = false;         ///< the static pods of the control plane name their release
  bool old_labels = false;         ///< the control plane has the role label of older releases
  bool replaced_machines = false;  ///< executor External: the provider replaces nodes
  bool human_cordon = false;       ///< a user cordons worker-1 before the upgrade
  bool undisturbed = false;        ///< no faults, so that there is nothing to repair
  /// API servers sign tokens, and their keys change; none: nobody looks at tokens.
  std::optional<Rotation> rotation;
  /// Faults and user actions happen for so long; then the liveness phase begins.
  Duration fault_period = std::chrono::minutes{1};
  /// In the liveness phase users also ask for failed nodes to be tried again: the upgrade has to
  /// end Ready.
  bool users_retry = true;
  Duration view_lag = std::chrono::seconds{5};  ///< of a controller's view, at most
};

/// A random configuration with random faults.
Scenario RandomScenario(std::uint64_t seed);
/// The reference upgrades of the crash tests, without any other fault: the first five with plain
/// drains, then Recreate, Skip, Delete, waitForPods together with volumes, Kubeadm by one minor and
/// by two, and pods that are replaced after a change of keys.
std::vector<Scenario> ReferenceScenarios();

/// Puts nodes, workloads, budgets and the object into the cluster.
void Populate(Cluster& cluster, const Scenario& scenario);

/// Of applications whose pods take 5 to 40 s to become Ready.
void PopulateApplications(Cluster& cluster, const Scenario& scenario);

/// The object's name in every scenario.
inline constexpr const char* kUpgradeName = "production";
inline constexpr const char* kJobNamespace = "cluster-upgrade-jobs";
inline constexpr const char* kOwnNamespace = "cluster-upgrade-system";

}  // namespace cu::simulation
