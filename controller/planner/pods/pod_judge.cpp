#include "planner/pods/pod_judge.hpp"

#include <algorithm>

#include "planner/pods/comebacks.hpp"
#include "planner/pods/losses.hpp"

namespace cu::planner {
namespace {

bool OtherReplicaIsReady(const World& world) {
  if (world.replicas.items == nullptr || !world.replicas.current) {
    return false;
  }
  return std::any_of(
      world.replicas.items->begin(), world.replicas.items->end(), [&](const auto& entry) {
        const api::Pod& pod = entry.second;
        return pod.meta.Key() != world.self.pod && pod.ready && !pod.meta.deleted &&
               pod.node_name != world.self.node;
      });
}

bool Stays(const World& world, const api::Pod& pod) {
  const auto& skip = world.upgrade->spec.drain.skip_pods;
  return (pod.of_daemon_set() && !pod.finished()) || pod.mirror() || IsJobPod(world.self, pod) ||
         (skip && skip->Matches(pod.meta.labels));
}

/// Not all of its labels are there, and some of them might say that it is not to be evicted.
bool IsUnknown(const api::DrainSpec& drain, const api::Pod& pod) {
  return pod.oversized && (drain.skip_pods || drain.wait_for_pods);
}

}  // namespace

PodJudge::PodJudge(const World& world, const std::set<std::string>& deleted_templates)
    : world_(&world),
      deleted_templates_(&deleted_templates),
      budgets_(*world.budgets),
      kept_(world),
      may_move_self_(OtherReplicaIsReady(world)) {}

PodDisposition PodJudge::DispositionOf(const api::Pod& pod) const {
  if (Stays(*world_, pod)) {
    return PodDisposition::kSkip;
  }
  if (!world_->self.pod.empty() && pod.meta.Key() == world_->self.pod) {
    return may_move_self_ ? PodDisposition::kLast : PodDisposition::kSkip;
  }
  return PodDisposition::kEvict;
}

Comeback PodJudge::ComebackTo(const api::Pod& pod) const {
  const auto& entries = world_->upgrade->status.in_progress;
  const auto entry = std::find_if(
      entries.begin(), entries.end(), [&](const auto& one) { return one.name == pod.node_name; });
  return entry == entries.end() ? Comeback::kNo : ComebackOf(*entry, pod);
}

PodPlan PodJudge::Judge(const api::Pod& pod) const {
  PodPlan plan;
  plan.pod = &pod;
  plan.disposition = DispositionOf(pod);
  if (plan.disposition != PodDisposition::kSkip) {
    plan.comeback = ComebackTo(pod);
    if (plan.comeback == Comeback::kStays) {
      plan.disposition = PodDisposition::kSkip;
    }
  }
  if (plan.disposition == PodDisposition::kSkip) {
    return plan;
  }
  if (!pod.finished()) {
    plan.budgets = budgets_.Of(pod);
  }
  if (plan.moves()) {
    const api::ClusterUpgradeSpec& spec = world_->upgrade->spec;
    plan.refusal = IsUnknown(spec.drain, pod)
                       ? "its labels take more memory than is kept of one pod, so whether "
                         "spec.drain.skipPods or waitForPods selects it is not known"
                       : WhyForbidden(spec.drain, spec.preflight_ignore, pod);
  }
  plan.may_leave = kept_.MayLeave(pod, *deleted_templates_);
  return plan;
}

NodePods PodJudge::JudgeNode(const api::ObjectMap<api::Pod>& pods) const {
  NodePods judged;
  judged.all = &pods;
  judged.plans.reserve(pods.size());
  for (const auto& [key, pod] : pods) {
    judged.plans.push_back(Judge(pod));
  }
  const PodPlan* own = nullptr;
  for (const PodPlan& plan : judged.plans) {
    switch (plan.disposition) {
      case PodDisposition::kSkip:
        break;
      case PodDisposition::kLast:
        own = &plan;
        break;
      case PodDisposition::kEvict:
        // Nothing runs in one that has ended and waits for its finalizers alone.
        if (!(plan.pod->finished() && plan.pod->meta.deleted)) {
          judged.leaving.push_back(&plan);
        }
        break;
    }
  }
  if (own != nullptr && judged.leaving.empty()) {
    judged.leaving.push_back(own);
  }
  return judged;
}

std::map<std::string, NodePods> PodJudge::JudgeAll() const {
  std::map<std::string, NodePods> judged;
  for (const auto& [node, pods] : world_->pods) {
    if (pods.current) {
      judged.emplace(node, JudgeNode(*pods.items));
    }
  }
  return judged;
}

}  // namespace cu::planner
