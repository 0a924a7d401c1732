#include "planner/nodes/orphans.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/labels.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/nodes/release.hpp"
#include "planner/target/scope.hpp"

namespace cu::planner {
namespace {

bool IsOwned(const api::ObjectMap<api::ClusterUpgrade>& upgrades, const std::string& mark) {
  return std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& upgrade) {
    return MarkOf(upgrade.second.meta) == mark;
  });
}

}  // namespace

bool IsMarked(const api::Node& node) {
  return node.meta.annotations.contains(api::kCordonedBy);
}

std::vector<Action> ReleaseOrphans(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                   const std::vector<const api::Node*>& marked,
                                   const api::ObjectMap<api::Job>& jobs,
                                   const ActionResults& results) {
  std::vector<Action> actions;
  for (const api::Node* node : marked) {
    const std::string mark = api::AnnotationOf(node->meta, api::kCordonedBy);
    if (!mark.empty() && !IsOwned(upgrades, mark) &&
        UnfinishedJobBeside(jobs, node->meta.name, "") == nullptr) {
      std::vector<Action> release = ReleaseOf(*node, results);
      std::move(release.begin(), release.end(), std::back_inserter(actions));
    }
  }
  return actions;
}

std::vector<Action> ExpireOrphanedJobs(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                       const api::ObjectMap<api::Job>& jobs) {
  std::vector<Action> actions;
  for (const auto& entry : jobs) {
    const api::Job& job = entry.second;
    const auto owner = job.meta.annotations.find(api::kJobUpgradeUid);
    const bool owned = std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& upgrade) {
      return owner != job.meta.annotations.end() && upgrade.second.meta.uid == owner->second;
    });
    if (!owned && !job.ttl_seconds && (job.complete || job.failed)) {
      actions.emplace_back(ExpireJob{job.meta.name, job.meta.uid});
    }
  }
  return actions;
}

}  // namespace cu::planner
