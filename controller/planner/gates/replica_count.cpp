#include "planner/gates/replica_count.hpp"

#include <algorithm>

#include "planner/model/hash_set.hpp"
#include "planner/pods/pod_owner.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kWorkloadsMost = 50'000;
constexpr std::size_t kNamedMost = 1'000;

bool HasReplicas(const api::Owner& owner) {
  return owner.kind == api::kReplicaSetKind || owner.kind == api::kStatefulSetKind ||
         owner.kind == api::kReplicationControllerKind;
}

std::uint32_t HashOfNode(const std::string& node) {
  return node.empty() ? 0 : static_cast<std::uint32_t>(HashOf(node)) | 1U;
}

Finding Single(const std::string& kind,
               const std::string& key,
               const std::string& pod,
               const std::string& node) {
  return Finding::Warns(api::FindingType::kSingleReplica,
                        key,
                        kind + " runs one pod, " + pod + " on " + node +
                            ": it is unavailable while its pod is rescheduled; scale it up to "
                            "avoid that");
}

Finding AllOnOne(const std::string& kind,
                 const std::string& key,
                 int pods,
                 const std::string& node) {
  return Finding::Warns(api::FindingType::kAllOnOneNode,
                        key,
                        "all " + std::to_string(pods) + " pods of the " + kind + " run on node " +
                            node +
                            ", and no PodDisruptionBudget selects them: they are evicted at once, "
                            "and it is unavailable until others run; spread them "
                            "(topologySpreadConstraints), or give them a PodDisruptionBudget");
}

}  // namespace

void ReplicaCount::Add(const PodPlan& plan, bool leaves) {
  const api::Pod& pod = *plan.pod;
  if (!pod.meta.controller || !HasReplicas(*pod.meta.controller) || pod.finished() ||
      pod.meta.deleted) {
    return;
  }
  const api::Workload name = WorkloadOf(pod);
  const std::uint64_t hash = HashOf(name.Text());
  const auto at = std::lower_bound(
      workloads_.begin(), workloads_.end(), hash, [](const Workload& a, std::uint64_t b) {
        return a.hash < b;
      });
  if (at != workloads_.end() && at->hash == hash) {
    AddAnother(*at, plan, leaves);
    return;
  }
  if (workloads_.size() >= kWorkloadsMost) {
    return;
  }
  workloads_.insert(at,
                    {hash, HashOfNode(pod.node_name), false, false, leaves, !plan.budgets.empty()});
  if (leaves && named_.size() < kNamedMost) {
    named_[hash] = {name.kind, name.Key(), pod.meta.name, pod.node_name, 1};
  }
}

void ReplicaCount::AddAnother(Workload& workload, const PodPlan& plan, bool leaves) {
  const std::uint32_t node = HashOfNode(plan.pod->node_name);
  workload.several = true;
  workload.leaves = workload.leaves || leaves;
  workload.budgeted = workload.budgeted || !plan.budgets.empty();
  workload.spread = workload.spread || node != workload.node;
  const auto named = named_.find(workload.hash);
  if (named == named_.end()) {
    return;
  }
  if (workload.spread || workload.budgeted) {
    named_.erase(named);
  } else {
    ++named->second.pods;
  }
}

void ReplicaCount::Finish(FindingBook& book) {
  const auto found = std::count_if(workloads_.begin(), workloads_.end(), [](const auto& one) {
    return one.leaves && (!one.several || (!one.spread && !one.budgeted));
  });
  book.AddUnnamed(static_cast<int>(found) - static_cast<int>(named_.size()));
  for (const auto& [hash, named] : named_) {
    book.Add(named.pods == 1 ? Single(named.kind, named.key, named.pod, named.node)
                             : AllOnOne(named.kind, named.key, named.pods, named.node));
  }
}

}  // namespace cu::planner
