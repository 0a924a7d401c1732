#include "planner/nodes/release.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"

namespace cu::planner {
namespace {

/// Whether asking once more may bring another result. A right may be missing for a moment; what
/// forbids the hints alone, for longer, is not to keep the node from its release.
bool IsOpen(const ActionResult* result) {
  constexpr int kForbiddenIsMeant = 3;
  return result == nullptr || result->outcome == Outcome::kUnknown ||
         result->outcome == Outcome::kOverload || result->outcome == Outcome::kConflict ||
         ((result->outcome == Outcome::kForbidden || result->outcome == Outcome::kDenied) &&
          result->attempts < kForbiddenIsMeant);
}

}  // namespace

bool ShowsHints(const api::Node& node) {
  return node.meta.labels.contains(api::kExcludeFromLoadBalancers) ||
         node.meta.annotations.contains(api::kScaleDownDisabled) ||
         node.meta.annotations.contains(api::kDoNotDisrupt);
}

std::vector<Action> ReleaseOf(const api::Node& node, const ActionResults& results) {
  const std::string& name = node.meta.name;
  std::vector<Action> actions;
  if (ShowsHints(node)) {
    actions.emplace_back(SetNodeHints{name, node.meta.uid});
    if (IsOpen(ResultOf(results, actions.back()))) {
      return actions;
    }
  }
  const bool keep = api::IsTrue(node.meta.annotations, api::kKeepCordoned);
  actions.push_back(keep ? Action(CordonNode{name, node.meta.uid, "", ""})
                         : Action(ReleaseNode{name, node.meta.uid, node.meta.resource_version}));
  return actions;
}

}  // namespace cu::planner
