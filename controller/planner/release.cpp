#include "planner/release.hpp"

#include <algorithm>
#include <utility>

#include "api/marks.hpp"
#include "planner/draft.hpp"
#include "planner/node_steps.hpp"
#include "planner/plan.hpp"

namespace cu::planner {
namespace {

/// Whether asking once more may bring another answer. A right may be missing for a moment; what
/// forbids the marks alone, for longer, is not to keep the node from its release.
bool IsOpen(const Answer* answer) {
  constexpr int kForbiddenIsMeant = 3;
  return answer == nullptr || answer->verdict == Verdict::kUnknown ||
         answer->verdict == Verdict::kOverload || answer->verdict == Verdict::kConflict ||
         (answer->verdict == Verdict::kForbidden && answer->attempts < kForbiddenIsMeant);
}

bool IsOwned(const api::ObjectMap<api::ClusterUpgrade>& upgrades, const std::string& mark) {
  return std::any_of(upgrades.begin(), upgrades.end(), [&](const auto& known) {
    return known.second.meta.name + "/" + known.second.meta.uid == mark;
  });
}

}  // namespace

bool ShowsOptionalMarks(const api::Node& node) {
  return node.meta.labels.contains(std::string(api::kExcludeFromLoadBalancers)) ||
         node.meta.annotations.contains(std::string(api::kScaleDownDisabled)) ||
         node.meta.annotations.contains(std::string(api::kDoNotDisrupt));
}

std::vector<Act> ActsOfRelease(const api::Node& node, const Answers& answers) {
  const std::string& name = node.meta.name;
  std::vector<Act> acts;
  if (ShowsOptionalMarks(node)) {
    acts.emplace_back(MarkNode{name, node.meta.uid});
    if (IsOpen(AnswerTo(answers, acts.back()))) {
      return acts;
    }
  }
  const bool keep = AnnotationOf(node.meta, api::kKeepCordoned) == "true";
  acts.push_back(keep ? Act(CordonNode{name, node.meta.uid, "", ""})
                      : Act(ReleaseNode{name, node.meta.uid, node.meta.resource_version}));
  return acts;
}

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
