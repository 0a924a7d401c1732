#pragma once
#include "planner/model/planning.hpp"

/// status.history, startTime and completionTime: an entry for each run to a version. Private to
/// planner/.
namespace cu::planner {

/// A node is started: the run to spec.version begins, unless it has.
void BeginRun(Planning& planning);

/// A node in work has adopted spec.version: the run to another version is over.
void NoteAdoption(Planning& planning);

/// Ready was reached. An entry is made where none was: no node had to be started.
void CompleteRun(Planning& planning);

/// Whether the run to spec.version repeats one that was completed: nodes have joined behind.
bool IsRepeated(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
