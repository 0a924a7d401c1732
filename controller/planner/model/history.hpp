#pragma once
#include <string>

#include "api/cluster_upgrade.hpp"
#include "planner/model/world.hpp"

/// status.history, startTime and completionTime: an entry for each run to a version, or of
/// status.run. Private to planner/.
namespace cu::planner {

/// A node is started: the run to `version` begins, unless it has.
void BeginRun(api::ClusterUpgradeStatus& status, const std::string& version, base::WallTime now);

/// A node in work has adopted `version`: the run to another one is over.
void NoteAdoption(api::ClusterUpgradeStatus& status,
                  const std::string& version,
                  base::WallTime now);

/// Ready was reached. An entry is made where none was: no node had to be started.
void CompleteRun(api::ClusterUpgradeStatus& status, const std::string& version, base::WallTime now);

/// The longest outage of all, and the sum of those of the open run. Two replicas that have seen the
/// same one come to the same sum.
void NoteOutages(const ApiOutages& outages, api::ClusterUpgradeStatus& status);

/// Whether the run repeats one that was completed: nodes have joined behind.
bool IsRepeated(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
