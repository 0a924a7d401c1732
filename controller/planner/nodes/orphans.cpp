#include "planner/nodes/orphans.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/marks.hpp"
#include "planner/model/planning.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/nodes/release.hpp"

namespace cu::planner {
namespace {

bool IsOwned(const api::ObjectMap<api::ClusterUpgrade>& upgrades, const std::string& mark) {
  return std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& known) {
    return known.second.meta.name + "/" + known.second.meta.uid == mark;
  });
}

}  // namespace

std::vector<Act> ReleaseOrphans(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                const api::ObjectMap<api::Node>& nodes,
                                const api::ObjectMap<api::Job>& jobs,
                                const Answers& answers) {
  std::vector<Act> acts;
  for (const auto& [name, node] : nodes) {
    const std::string mark = AnnotationOf(node.meta, api::kCordonedBy);
    if (!mark.empty() && !IsOwned(upgrades, mark) &&
        UnfinishedJobBeside(jobs, name, "") == nullptr) {
      std::vector<Act> release = ActsOfRelease(node, answers);
      std::move(release.begin(), release.end(), std::back_inserter(acts));
    }
  }
  return acts;
}

std::vector<Act> ExpireOrphanedJobs(const api::ObjectMap<api::ClusterUpgrade>& upgrades,
                                    const api::ObjectMap<api::Job>& jobs) {
  std::vector<Act> acts;
  for (const auto& [key, job] : jobs) {
    const auto owner = job.meta.annotations.find(std::string(api::kJobUpgradeUid));
    const bool owned = std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& known) {
      return owner != job.meta.annotations.end() && known.second.meta.uid == owner->second;
    });
    if (!owned && !job.ttl_seconds && (job.complete || job.failed)) {
      acts.emplace_back(ExpireJob{job.meta.name, job.meta.uid});
    }
  }
  return acts;
}

}  // namespace cu::planner
