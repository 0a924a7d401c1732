#include "planner/pods/workload_counts.hpp"

namespace cu::planner {
namespace {

const Observed<api::WorkloadPod>* KnownPodsOf(const World& world, const std::string& ns) {
  const auto found = world.workload_pods.find(ns);
  return found == world.workload_pods.end() || !found->second.current ? nullptr : &found->second;
}

bool LeftItsNode(const Planning& planning, const api::WorkloadPod& pod) {
  const NodePods* on_node = planning.InWork(pod.node) ? planning.PodsOf(pod.node) : nullptr;
  if (on_node == nullptr) {
    return false;
  }
  const auto found = on_node->all->find(pod.meta.Key());
  return found == on_node->all->end() || found->second.meta.uid != pod.meta.uid ||
         found->second.meta.deleted;
}

void Count(const Planning& planning, const api::WorkloadPod& pod, WorkloadCount& count) {
  if (pod.finished) {
    count.finished.insert(pod.meta.uid);
    return;
  }
  if (LeftItsNode(planning, pod)) {
    return;
  }
  if (pod.terminating) {
    ++count.terminating;
    return;
  }
  count.alive[pod.meta.uid] = pod.node;
  if (pod.ready) {
    ++count.ready;
    ++count.ready_on[pod.node];
  }
}

}  // namespace

bool WaitsForWorkloads(const Planning& planning) {
  return planning.spec().drain.recovery_timeout_seconds > 0;
}

std::set<api::Workload> WorkloadsOn(const NodePods& pods) {
  std::set<api::Workload> workloads;
  for (const PodPlan& plan : pods.plans) {
    if (!plan.moves() || !plan.pod->lasting) {
      continue;
    }
    if (auto workload = api::WorkloadOf(plan.pod->meta)) {
      workloads.insert(*std::move(workload));
    }
  }
  return workloads;
}

std::optional<std::string> WatchWorkloads(const Planning& planning,
                                          const std::set<api::Workload>& workloads,
                                          Contribution& add) {
  std::optional<std::string> unknown;
  for (const api::Workload& workload : workloads) {
    add.Watch(WatchKind::kWorkloadPods, workload.ns);
    if (!unknown && KnownPodsOf(planning.world(), workload.ns) == nullptr) {
      unknown = workload.ns;
    }
  }
  return unknown;
}

std::map<api::Workload, WorkloadCount> CountWorkloads(const Planning& planning,
                                                      const std::set<api::Workload>& workloads) {
  std::map<api::Workload, WorkloadCount> counts;
  std::set<std::string> namespaces;
  for (const api::Workload& workload : workloads) {
    if (KnownPodsOf(planning.world(), workload.ns) != nullptr) {
      counts[workload];
      namespaces.insert(workload.ns);
    }
  }
  for (const std::string& ns : namespaces) {
    for (const auto& [key, pod] : *KnownPodsOf(planning.world(), ns)->items) {
      const auto count = pod.workload ? counts.find(*pod.workload) : counts.end();
      if (count != counts.end()) {
        Count(planning, pod, count->second);
      }
    }
  }
  return counts;
}

}  // namespace cu::planner
