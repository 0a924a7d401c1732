#include "planner/executors/executor.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "planner/executors/external.hpp"
#include "planner/executors/job.hpp"

namespace cu::planner {
namespace {

using api::NodeStep;

constexpr auto kByJobUnderDrain = std::to_array<NodeStep>({NodeStep::kPulling,
                                                           NodeStep::kCordoning,
                                                           NodeStep::kDraining,
                                                           NodeStep::kUpgrading,
                                                           NodeStep::kVerifying,
                                                           NodeStep::kUncordoning});
/// Without a Job there is no image.
constexpr auto kUnderDrain = std::span(kByJobUnderDrain).subspan<1>();

/// No pod is moved and nothing is kept off the node: it stays in service.
constexpr auto kInService =
    std::to_array<NodeStep>({NodeStep::kPulling, NodeStep::kUpgrading, NodeStep::kVerifying});

/// The whole node in one pass: on control-plane nodes the stage is ControlPlane.
constexpr auto kOnePassControlPlane =
    std::to_array<StageSteps>({{api::Stage::kControlPlane, kUnderDrain}});
constexpr auto kOnePassWorkers = std::to_array<StageSteps>({{api::Stage::kNode, kUnderDrain}});
constexpr auto kJobForControlPlane =
    std::to_array<StageSteps>({{api::Stage::kControlPlane, kByJobUnderDrain}});
constexpr auto kJobForWorkers = std::to_array<StageSteps>({{api::Stage::kNode, kByJobUnderDrain}});

/// The components of every control-plane node first, then the nodes. Where there is one API server
/// both go in one pass: the API is away once instead of twice.
constexpr auto kTwoStages = std::to_array<StageSteps>({
    {.stage = api::Stage::kControlPlane, .steps = kInService, .components = true, .kubelet = false},
    {.stage = api::Stage::kNode, .steps = kByJobUnderDrain},
});
constexpr auto kBothAtOnce = std::to_array<StageSteps>({
    {.stage = api::Stage::kControlPlaneAndNode, .steps = kByJobUnderDrain, .components = true},
    {.stage = api::Stage::kNode, .steps = kByJobUnderDrain},
});

/// One pass under a drain, by a Job.
constexpr Executor JobsOf(api::ExecutorType type) {
  return {.type = type,
          .control_plane = kJobForControlPlane,
          .single_control_plane = kJobForControlPlane,
          .workers = kJobForWorkers,
          .tries_again = true,
          .replaces_nodes = false,
          .name_job = JobExecutor::NameJob,
          .look = JobExecutor::Look,
          .rehearse = JobExecutor::Rehearse};
}

constexpr Executor Kubeadm() {
  Executor executor = JobsOf(api::ExecutorType::kKubeadm);
  executor.control_plane = kTwoStages;
  executor.single_control_plane = kBothAtOnce;
  return executor;
}

constexpr auto kExecutors = std::to_array<Executor>({
    Kubeadm(),
    JobsOf(api::ExecutorType::kK3s),
    JobsOf(api::ExecutorType::kRke2),
    JobsOf(api::ExecutorType::kJob),
    {.type = api::ExecutorType::kExternal,
     .control_plane = kOnePassControlPlane,
     .single_control_plane = kOnePassControlPlane,
     .workers = kOnePassWorkers,
     .tries_again = false,
     .replaces_nodes = true,
     .name_job = ExternalExecutor::NameJob,
     .look = ExternalExecutor::Look,
     .rehearse = ExternalExecutor::Rehearse},
});

bool HasSingleApiServer(const Scope& scope) {
  const auto& views = scope.views();
  return std::count_if(
             views.begin(), views.end(), [](const NodeView& view) { return view.api_server; }) == 1;
}

}  // namespace

const Executor& FindExecutor(api::ExecutorType type) {
  const auto* const found = std::find_if(
      kExecutors.begin(), kExecutors.end(), [&](const auto& one) { return one.type == type; });
  CU_CHECK(found != kExecutors.end());
  return *found;
}

const Executor& ExecutorOf(const api::NodeInWork& entry) {
  return FindExecutor(entry.executor.value_or(entry.has_job() ? api::ExecutorType::kJob
                                                              : api::ExecutorType::kExternal));
}

bool KnowsStage(const Planning& planning, const ScopedNode& scoped) {
  return !HasStages(planning.spec()) || !scoped.api_server ||
         (planning.world().control_plane_pods.current && scoped.components);
}

bool KnowsStages(const Planning& planning) {
  return !HasStages(planning.spec()) || !planning.scope().SeesApiServer() ||
         planning.world().control_plane_pods.current;
}

const StageSteps& NextStage(const Planning& planning, const ScopedNode& scoped) {
  const Executor& executor = FindExecutor(planning.spec().executor.type);
  if (!scoped.control_plane) {
    return executor.workers.front();
  }
  const auto stages =
      HasSingleApiServer(planning.scope()) ? executor.single_control_plane : executor.control_plane;
  const auto due = std::find_if(stages.begin(), stages.end(), [&](const StageSteps& stage) {
    return !stage.components || scoped.components_behind;
  });
  CU_CHECK(due != stages.end());
  return *due;
}

const StageSteps& StageOf(const api::NodeInWork& entry) {
  const Executor& executor = ExecutorOf(entry);
  for (const auto stages :
       {executor.control_plane, executor.single_control_plane, executor.workers}) {
    for (const StageSteps& stage : stages) {
      if (stage.stage == entry.stage) {
        return stage;
      }
    }
  }
  return executor.workers.front();
}

bool ShowsStage(const Planning& planning,
                const StageSteps& stage,
                const ScopedNode& scoped,
                const std::string& version) {
  return (!stage.kubelet || planning.IsAt(*scoped.node, version)) &&
         (stage.components ? scoped.components && scoped.components == ParseVersion(version)
                           : scoped.apart || !scoped.LeftBehind());
}

bool OwesRest(const StageSteps& stage, bool node_changed) {
  return stage.components && node_changed;
}

std::string WhyGivenBack(const Planning& planning) {
  CU_CHECK(planning.giving_back());
  return planning.halt() ? NameOf(planning.halt()->reason) : "the ClusterUpgrade is being deleted";
}

}  // namespace cu::planner
