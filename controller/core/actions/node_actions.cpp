#include "core/actions/node_actions.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "api/labels.hpp"
#include "codec/encode/node_body.hpp"
#include "core/actions/dry_run.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using planner::ActionKind;

constexpr std::array kCordonedWithMark = {ActionKind::kCordon, ActionKind::kAnnounce};
constexpr std::array kGivenBack = {ActionKind::kRelease, ActionKind::kKeepCordon};
constexpr std::array kHinted = {ActionKind::kSetHints};
constexpr std::array kUnhinted = {ActionKind::kClearHints};
constexpr std::array kTainted = {ActionKind::kTaint};
constexpr std::array kUntainted = {ActionKind::kUntaint};

void AdoptNode(const std::string& body, Watches& watches) {
  if (auto node = codec::Decode<api::Node>(body); node.ok()) {
    watches.nodes().Adopt(std::move(node).value());
  }
}

/// A field that is another manager's stays so: asking again changes nothing.
std::optional<planner::Outcome> JudgeCordonDryRun(const Answer& answer) {
  return kube::HasCause(answer.status, kube::kFieldManagerConflict)
             ? std::optional(planner::Outcome::kForbidden)
             : JudgeDryRun(answer);
}

port::Request Apply(const codec::NodeApply& apply, std::string_view manager) {
  return port::Request::Apply(
      kube::paths::WithFieldManager(kube::paths::One<api::Node>(apply.name), manager),
      codec::NodeApplyBody(apply));
}

}  // namespace

Handling HandlingOf(const planner::CordonNode& action) {
  Handling handling;
  if (action.dry_run) {
    handling.judge = JudgeCordonDryRun;
    return handling;
  }
  handling.after_conflict = kAfterLastingConflict;
  handling.adopt = AdoptNode;
  const ActionKind kind = planner::KeyOf(action).kind;
  if (kind == ActionKind::kKeepCordon) {
    handling.undoes = kCordonedWithMark;
  } else if (kind == ActionKind::kCordon) {
    handling.undoes = kGivenBack;
  }
  return handling;
}

base::Result<port::Request> RequestFor(const planner::CordonNode& action, const Place&) {
  codec::NodeApply apply{action.node, action.uid, "", {}, {}, true};
  if (!action.cordoned_by.empty()) {
    apply.annotations[std::string(api::kCordonedBy)] = action.cordoned_by;
  }
  if (!action.desired_version.empty()) {
    apply.annotations[std::string(api::kDesiredVersion)] = action.desired_version;
  }
  port::Request request = Apply(apply, api::kFieldManager);
  if (action.dry_run) {
    request.target = kube::paths::WithDryRun(std::move(request.target));
  }
  return request;
}

Handling HandlingOf(const planner::ReleaseNode&) {
  Handling handling;
  handling.undoes = kCordonedWithMark;
  handling.adopt = AdoptNode;
  return handling;
}

base::Result<port::Request> RequestFor(const planner::ReleaseNode& action, const Place&) {
  return Apply({action.node, action.uid, action.resource_version, {}, {}, false},
               api::kFieldManager);
}

Handling HandlingOf(const planner::MarkRun&) {
  Handling handling;
  handling.after_conflict = kAfterLastingConflict;
  handling.adopt = AdoptNode;
  return handling;
}

base::Result<port::Request> RequestFor(const planner::MarkRun& action, const Place&) {
  codec::NodeApply apply{action.node, action.uid, "", {}, {}, false};
  apply.annotations[std::string(api::kRunId)] = action.run_id;
  return Apply(apply, api::kRunsFieldManager);
}

Handling HandlingOf(const planner::SetNodeHints& action) {
  Handling handling;
  handling.after_conflict = kAfterLastingConflict;
  handling.undoes = action.sets() ? kUnhinted : kHinted;
  handling.adopt = AdoptNode;
  return handling;
}

base::Result<port::Request> RequestFor(const planner::SetNodeHints& action, const Place&) {
  codec::NodeApply apply{action.node, action.uid, "", {}, {}, false};
  if (action.disable_scale_down) {
    apply.annotations[std::string(api::kScaleDownDisabled)] = api::kScaleDownDisabledValue;
  }
  if (action.do_not_disrupt) {
    apply.annotations[std::string(api::kDoNotDisrupt)] = api::kDoNotDisruptValue;
  }
  if (action.exclude_from_load_balancers) {
    apply.labels[std::string(api::kExcludeFromLoadBalancers)] = api::kExcludeFromLoadBalancersValue;
  }
  return Apply(apply, api::kHintsFieldManager);
}

Handling HandlingOf(const planner::SetOutdatedTaint& action) {
  Handling handling;
  handling.undoes = action.at ? kTainted : kUntainted;
  handling.adopt = AdoptNode;
  return handling;
}

base::Result<port::Request> RequestFor(const planner::SetOutdatedTaint& action, const Place&) {
  const api::Taint taint{
      std::string(api::kOutdated), action.owner, std::string(api::kPreferNoSchedule)};
  const codec::TaintPatch patch{action.resource_version, taint, action.at, action.alone};
  return port::Request::JsonPatch(
      kube::paths::WithFieldManager(kube::paths::One<api::Node>(action.node),
                                    api::kTaintsFieldManager),
      codec::NodeTaintPatch(patch));
}

}  // namespace cu::core
