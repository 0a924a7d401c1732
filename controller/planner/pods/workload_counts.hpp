#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "api/workload.hpp"
#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"

/// How many pods the workloads have whose pods a drain moves. Private to planner/.
namespace cu::planner {

/// spec.drain.recoveryTimeoutSeconds is not 0.
bool WaitsForWorkloads(const Planning& planning);

/// Those of which a drain of the node would move pods that are to run for ever.
std::set<api::Workload> WorkloadsOn(const NodePods& pods);

/// Wants the pods of their namespaces watched. The first namespace whose pods are not known yet.
std::optional<std::string> WatchWorkloads(const Planning& planning,
                                          const std::set<api::Workload>& workloads,
                                          Contribution& add);

/// The pods of one workload, as they are now.
struct WorkloadCount {
  int ready = 0;
  int terminating = 0;
  std::map<std::string, int> ready_on;       ///< Ready pods by node
  std::map<std::string, std::string> alive;  ///< neither terminating nor finished: node by UID
  std::set<std::string> finished;            ///< UIDs
};
/// Of workloads in namespaces whose pods are known. A pod on a node in work counts only as long as
/// the node's own list has it: that one has shown what the drain has done.
std::map<api::Workload, WorkloadCount> CountWorkloads(const Planning& planning,
                                                      const std::set<api::Workload>& workloads);

}  // namespace cu::planner
