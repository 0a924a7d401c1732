#include "planner/model/action.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cu::planner {
namespace {

ActionKind KindOf(const CordonNode& action) {
  if (action.dry_run) {
    return ActionKind::kDryRunCordon;
  }
  if (action.cordoned_by.empty()) {
    return ActionKind::kKeepCordon;
  }
  return action.desired_version.empty() ? ActionKind::kCordon : ActionKind::kAnnounce;
}

std::string Join(const std::string& ns, const std::string& name) {
  return ns + "/" + name;
}

struct MakeKey {
  ActionKey operator()(const CordonNode& action) const {
    return {{ObjectKind::kNode, action.node}, action.uid, KindOf(action)};
  }
  ActionKey operator()(const ReleaseNode& action) const {
    return {{ObjectKind::kNode, action.node}, action.uid, ActionKind::kRelease};
  }
  ActionKey operator()(const SetNodeHints& action) const {
    return {{ObjectKind::kNode, action.node},
            action.uid,
            action.sets() ? ActionKind::kSetHints : ActionKind::kClearHints};
  }
  ActionKey operator()(const SetOutdatedTaint& action) const {
    return {{ObjectKind::kNode, action.node},
            action.uid,
            action.at ? ActionKind::kUntaint : ActionKind::kTaint};
  }
  ActionKey operator()(const MarkRun& action) const {
    return {{ObjectKind::kNode, action.node}, action.uid, ActionKind::kMarkRun};
  }
  ActionKey operator()(const EvictPod& action) const {
    return {{ObjectKind::kPod, Join(action.ns, action.name)}, action.uid, ActionKind::kEvict};
  }
  ActionKey operator()(const DeletePod& action) const {
    return {{ObjectKind::kPod, Join(action.ns, action.name)}, action.uid, ActionKind::kDeletePod};
  }
  ActionKey operator()(const SavePodTemplate& action) const {
    return {{ObjectKind::kPodTemplate, Join(action.pod.ns, action.pod.name)},
            action.pod.pod_uid,
            ActionKind::kSavePodTemplate};
  }
  ActionKey operator()(const RecreatePod& action) const {
    return {
        {ObjectKind::kPod, Join(action.ns, action.name)}, action.old_uid, ActionKind::kRecreatePod};
  }
  ActionKey operator()(const DeletePodTemplate& action) const {
    return {{ObjectKind::kPodTemplate, Join(action.ns, action.name)},
            action.uid,
            ActionKind::kDeletePodTemplate};
  }
  ActionKey operator()(const RestartWorkload& action) const {
    return {{ObjectKind::kWorkload, action.workload.Text()}, action.uid, ActionKind::kRestart};
  }
  ActionKey operator()(const CheckAccess& action) const {
    return {
        {ObjectKind::kAccess, action.verb + " " + action.resource}, "", ActionKind::kCheckAccess};
  }
  ActionKey operator()(const CreateJob& action) const {
    return {{ObjectKind::kJob, action.job.name},
            "",
            action.dry_run ? ActionKind::kDryRunJob : ActionKind::kCreateJob};
  }
  ActionKey operator()(const RehearsePod& action) const {
    return {{ObjectKind::kPod, action.job.name}, action.job_uid, ActionKind::kDryRunPod};
  }
  ActionKey operator()(const DeleteJob& action) const {
    return {{ObjectKind::kJob, action.name}, action.uid, ActionKind::kDeleteJob};
  }
  ActionKey operator()(const ExpireJob& action) const {
    return {{ObjectKind::kJob, action.name}, action.uid, ActionKind::kExpireJob};
  }
  ActionKey operator()(const SetFinalizer& action) const {
    return {{ObjectKind::kUpgrade, action.upgrade}, action.uid, ActionKind::kSetFinalizer};
  }
};

constexpr auto kKindNames = std::to_array<std::pair<ActionKind, std::string_view>>({
    {ActionKind::kCordon, "Cordon"},
    {ActionKind::kAnnounce, "Announce"},
    {ActionKind::kKeepCordon, "KeepCordon"},
    {ActionKind::kDryRunCordon, "DryRunCordon"},
    {ActionKind::kRelease, "Release"},
    {ActionKind::kSetHints, "SetHints"},
    {ActionKind::kClearHints, "ClearHints"},
    {ActionKind::kTaint, "Taint"},
    {ActionKind::kUntaint, "Untaint"},
    {ActionKind::kMarkRun, "MarkRun"},
    {ActionKind::kEvict, "Evict"},
    {ActionKind::kDeletePod, "DeletePod"},
    {ActionKind::kSavePodTemplate, "SavePodTemplate"},
    {ActionKind::kRecreatePod, "RecreatePod"},
    {ActionKind::kDeletePodTemplate, "DeletePodTemplate"},
    {ActionKind::kRestart, "Restart"},
    {ActionKind::kCheckAccess, "CheckAccess"},
    {ActionKind::kCreateJob, "CreateJob"},
    {ActionKind::kDryRunJob, "DryRunJob"},
    {ActionKind::kDryRunPod, "DryRunPod"},
    {ActionKind::kDeleteJob, "DeleteJob"},
    {ActionKind::kExpireJob, "ExpireJob"},
    {ActionKind::kSetFinalizer, "SetFinalizer"},
});
static_assert(kKindNames.size() == static_cast<std::size_t>(ActionKind::kSetFinalizer) + 1);

const char* NameOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kNode:
      return "node";
    case ObjectKind::kPod:
      return "pod";
    case ObjectKind::kPodTemplate:
      return "podtemplate";
    case ObjectKind::kWorkload:
      return "workload";
    case ObjectKind::kJob:
      return "job";
    case ObjectKind::kUpgrade:
      return "upgrade";
    case ObjectKind::kAccess:
      return "access";
  }
  return "";
}

}  // namespace

std::string NameOf(ActionKind kind) {
  const auto* const found = std::find_if(
      kKindNames.begin(), kKindNames.end(), [&](const auto& row) { return row.first == kind; });
  return found == kKindNames.end() ? "" : std::string(found->second);
}

std::string NameOf(const ObjectRef& object) {
  return std::string(NameOf(object.kind)) + "/" + object.name;
}

ActionKey KeyOf(const Action& action) {
  return std::visit(MakeKey{}, action);
}

const ActionResult* ResultOf(const ActionResults& results, const Action& action) {
  const auto found = results.find(KeyOf(action));
  return found == results.end() ? nullptr : &found->second;
}

bool SaysNothing(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOverload:
    case Outcome::kUnknown:
      return true;
    case Outcome::kAccepted:
    case Outcome::kNoBudget:
    case Outcome::kBudgetStale:
    case Outcome::kTwoBudgets:
    case Outcome::kTerminating:
    case Outcome::kGone:
    case Outcome::kConflict:
    case Outcome::kExists:
    case Outcome::kInvalid:
    case Outcome::kForbidden:
    case Outcome::kDenied:
    case Outcome::kUnjudged:
      return false;
  }
  return false;
}

bool IsRefused(const ActionResult* result) {
  return result != nullptr &&
         (result->outcome == Outcome::kForbidden || result->outcome == Outcome::kDenied ||
          result->outcome == Outcome::kInvalid || result->outcome == Outcome::kTerminating ||
          result->outcome == Outcome::kUnjudged);
}

bool IsOutdated(const ActionResult& result, const EvictionFacts& now) {
  const EvictionFacts& then = result.facts;
  if (now == then) {
    return false;
  }
  switch (result.outcome) {
    case Outcome::kNoBudget:
    case Outcome::kTwoBudgets:
      // A pod that is not Ready may leave although its budget has no room.
      return now.budgets.empty() ||
             (now.budgets.size() == 1 && (now.budgets.front().room || !now.ready));
    case Outcome::kBudgetStale:
      return now.budgets.empty() && !then.budgets.empty();
    case Outcome::kDenied:
      return now.ready != then.ready && !result.told_to_wait;
    case Outcome::kAccepted:
    case Outcome::kOverload:
    case Outcome::kTerminating:
    case Outcome::kGone:
    case Outcome::kConflict:
    case Outcome::kExists:
    case Outcome::kInvalid:
    case Outcome::kForbidden:
    case Outcome::kUnjudged:
    case Outcome::kUnknown:
      return false;
  }
  return false;
}

}  // namespace cu::planner
