#pragma once
#include <string>
#include <vector>

#include "planner/executors/executor.hpp"

namespace cu::planner {

/// Somebody else upgrades the node, while it carries the annotation
/// clusterupgrade.io/desired-version; done when its kubelet reports that version. One attempt,
/// which takes as long as spec.executor.timeoutSeconds from the announcement. The row of
/// ExecutorType::kExternal. Private to planner/.
struct ExternalExecutor {
  static std::string NameJob(const Planning& planning, const api::NodeInWork& entry);
  static AttemptVerdict Look(NodeWork& work);
  static std::vector<Action> Rehearse(const Planning& planning, const api::NodeInWork& work);
};

}  // namespace cu::planner
