#include "planner/executors/executor.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "planner/executors/external.hpp"
#include "planner/executors/job.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;

constexpr auto kUnderDrain = std::to_array<NodeStep>({NodeStep::kCordoning,
                                                      NodeStep::kDraining,
                                                      NodeStep::kUpgrading,
                                                      NodeStep::kVerifying,
                                                      NodeStep::kUncordoning});

/// The whole node in one pass: on control-plane nodes the stage is ControlPlane.
constexpr auto kOnePassControlPlane =
    std::to_array<StageSteps>({{api::Stage::kControlPlane, kUnderDrain}});
constexpr auto kOnePassWorkers = std::to_array<StageSteps>({{api::Stage::kNode, kUnderDrain}});

constexpr auto kExecutors = std::to_array<Executor>({
    {.type = api::ExecutorType::kJob,
     .control_plane = kOnePassControlPlane,
     .workers = kOnePassWorkers,
     .tries_again = true,
     .replaces_nodes = false,
     .name_job = JobExecutor::NameJob,
     .look = JobExecutor::Look,
     .rehearse = JobExecutor::Rehearse},
    {.type = api::ExecutorType::kExternal,
     .control_plane = kOnePassControlPlane,
     .workers = kOnePassWorkers,
     .tries_again = false,
     .replaces_nodes = true,
     .name_job = ExternalExecutor::NameJob,
     .look = ExternalExecutor::Look,
     .rehearse = ExternalExecutor::Rehearse},
});

}  // namespace

const Executor* FindExecutor(api::ExecutorType type) {
  const auto* const found = std::find_if(
      kExecutors.begin(), kExecutors.end(), [&](const auto& one) { return one.type == type; });
  return found == kExecutors.end() ? nullptr : &*found;
}

const Executor& ExecutorOf(const api::NodeInWork& entry) {
  const Executor* found = entry.executor ? FindExecutor(*entry.executor) : nullptr;
  if (found == nullptr) {
    found = FindExecutor(entry.has_job() ? api::ExecutorType::kJob : api::ExecutorType::kExternal);
  }
  CU_CHECK(found != nullptr);
  return *found;
}

std::string WhyGivenBack(const Planning& planning) {
  CU_CHECK(planning.giving_back());
  return planning.halt() ? NameOf(planning.halt()->reason) : "the ClusterUpgrade is being deleted";
}

}  // namespace cu::planner
