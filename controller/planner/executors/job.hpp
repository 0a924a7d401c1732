#pragma once
#include <string>
#include <vector>

#include "planner/executors/executor.hpp"

namespace cu::planner {

/// A Job upgrades the node: of spec.executor.job.template, or of a built-in executor. What the
/// cluster shows is the verdict, the Job only evidence: it may be killed by the reboot that it
/// causes, be deleted by a person, run twice. Private to planner/.
struct JobExecutor {
  static std::string NameJob(const Planning& planning, const api::NodeInWork& entry);
  static AttemptVerdict Look(NodeWork& work);
  static std::vector<Action> Rehearse(const Planning& planning, const api::NodeInWork& work);
};

}  // namespace cu::planner
