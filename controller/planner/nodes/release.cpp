#include "planner/nodes/release.hpp"

#include <algorithm>
#include <utility>

#include "api/marks.hpp"
#include "planner/model/planning.hpp"
#include "planner/nodes/node_steps.hpp"

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

}  // namespace cu::planner
