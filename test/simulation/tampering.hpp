#pragma once
#include <functional>
#include <span>
#include <string>

#include "network.hpp"
#include "scenario.hpp"

/// What mutants and regressions are built from.
namespace cu::simulation {

using Batch = std::span<const port::Event>;

Json UpgradeIn(const Cluster& cluster);
/// The first node in progress whose name has this prefix and that is in this step ("": any).
std::string InProgress(const Cluster& cluster, const std::string& prefix, const std::string& step);

/// Adds a call to the reaction.
void Add(port::Reaction& reaction, base::Now now, port::Request request);
void AddCordon(const Cluster& cluster,
               const std::string& node,
               base::Now now,
               port::Reaction& reaction);
/// Adds a write of the object's status.
void AddStatus(const Json& upgrade, const Json& status, base::Now now, port::Reaction& reaction);
void AddEviction(const Json& pod, base::Now now, port::Reaction& reaction);
/// Applies `change` to each call of the reaction.
void ForEachCall(port::Reaction& reaction, const std::function<void(port::Request&)>& change);

bool CreatesJob(const port::Request& request);
bool Evicts(const port::Request& request);

/// One control-plane node and some workers, without faults.
Scenario PlainScenario(int workers);

}  // namespace cu::simulation
