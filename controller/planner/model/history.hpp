#pragma once
#include <string>

#include "api/cluster_upgrade.hpp"

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

/// Whether the run repeats one that was completed: nodes have joined behind.
bool IsRepeated(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
