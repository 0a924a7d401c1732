#pragma once
#include "planner/draft.hpp"

/// status.history, startTime and completionTime: an entry for each run to a version. Private to
/// planner/.
namespace cu::planner {

/// A node is started: the run to spec.version begins, unless it has.
void BeginRun(Draft& draft);

/// A node in work has adopted spec.version: the run to another version is over.
void NoteAdoption(Draft& draft);

/// Ready was reached. An entry is made where none was: no node had to be started.
void CompleteRun(Draft& draft);

/// Whether the run to spec.version repeats one that was completed: nodes have joined behind.
bool IsRepeated(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
