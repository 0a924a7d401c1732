#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "network.hpp"

namespace cu::simulation {

/// What one simulated upgrade is made of. All of it follows from the seed.
struct Scenario {
  std::uint64_t seed = 0;
  int control_planes = 1;  ///< 0: a managed control plane
  int workers = 3;
  std::string from = "v1.35.4";
  std::string to = "v1.36.3";
  Json spec;
  int controllers = 1;
  Faults faults;
  double bad_programs = 0;  ///< how often an upgrade program misbehaves, before the calm
  int people = 0;           ///< how many things people do, before the calm
  int accidents = 0;        ///< outages, pauses, stops, reboots, before the calm
  bool people_delete = false;
  Duration jobs_refused{};   ///< for so long the server refuses Jobs, from the beginning
  double stuck_volumes = 0;  ///< how often a volume stays attached, before the calm
  Duration budget_lag = std::chrono::seconds{1};  ///< of the budgets' controller, at most
  bool busy_budgets = false;  ///< somebody writes the budgets again and again, before the calm
  bool awkward = false;       ///< pods and budgets of every kind that make drains hard
  /// What is to be there besides: "" (what the rng say), "lone pods", "held", "released" (held
  /// for some minutes), "refused", "volumes".
  std::string stage;
  bool human_cordon = false;  ///< worker-1 is cordoned before it begins
  bool undisturbed = false;   ///< there is nothing to calm down: the run ends when it is settled
  /// From here on nothing more goes wrong, and people repair what they can.
  Duration calm = std::chrono::minutes{1};
  /// People also ask for failed nodes to be tried again: the upgrade has to end Ready.
  bool people_retry = true;
  Duration view_lag = std::chrono::seconds{5};
};

/// A random shape with a random mix of faults.
Scenario RandomScenario(std::uint64_t seed);
/// The reference upgrades of the crash tests, without any other fault: the first five with plain
/// drains, then Recreate, Skip, Delete, and pods that are waited for together with volumes.
std::vector<Scenario> ReferenceScenarios();

/// Puts nodes, workloads, budgets and the object into the cluster.
void Populate(Cluster& cluster, const Scenario& scenario);

/// The object's name in every scenario.
inline constexpr const char* kUpgradeName = "production";
inline constexpr const char* kJobNamespace = "cluster-upgrade-jobs";
inline constexpr const char* kOwnNamespace = "cluster-upgrade-system";

}  // namespace cu::simulation
