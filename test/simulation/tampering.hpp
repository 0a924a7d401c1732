#pragma once
#include <functional>
#include <span>
#include <string>

#include "network.hpp"
#include "scenario.hpp"

/// What mutants are made with.
namespace cu::simulation {

using Batch = std::span<const port::Event>;

Json UpgradeIn(const Cluster& cluster);
/// The first node in work whose name starts like that and that is in this step ("": any).
std::string InWork(const Cluster& cluster, const std::string& prefix, const std::string& step);

/// The reaction also sends this.
void Add(port::Reaction& reaction, base::Now now, port::Request request);
void AddCordon(const Cluster& cluster,
               const std::string& node,
               base::Now now,
               port::Reaction& reaction);
/// `status` in place of the object's.
void AddStatus(const Json& upgrade, const Json& status, base::Now now, port::Reaction& reaction);
void AddEviction(const Json& pod, base::Now now, port::Reaction& reaction);
/// Changes each call that the controller begins.
void ForEachCall(port::Reaction& reaction, const std::function<void(port::Request&)>& change);

bool CreatesJob(const port::Request& request);
bool Evicts(const port::Request& request);

/// One master and some workers without faults.
Scenario PlainScenario(int workers);

}  // namespace cu::simulation
