#include "core/actions/pod_actions.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "codec/encode/delete_body.hpp"
#include "codec/encode/pod_body.hpp"
#include "kube/calls.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

namespace paths = kube::paths;
using planner::Outcome;
using planner::WatchKind;
using port::Request;

/// As kube-apiserver 1.36 answers (pkg/registry/core/pod/storage/eviction.go): 429 with cause
/// DisruptionBudget for a budget, with Retry-After where the budget's controller lags, without it
/// where there is no room; 500 for a pod under two budgets, of which the message is the only
/// evidence.
std::optional<Outcome> JudgeEviction(const Answer& answer) {
  if (answer.code == 429 && kube::HasCause(answer.status, kube::kDisruptionBudget)) {
    return answer.retry_after ? Outcome::kBudgetStale : Outcome::kNoBudget;
  }
  const bool two_budgets =
      answer.code == 500 &&
      answer.status.message.starts_with("This pod has more than one PodDisruptionBudget");
  return two_budgets ? std::optional(Outcome::kTwoBudgets) : std::nullopt;
}

void AdoptSavedPod(const std::string& body, Watches& watches) {
  if (const auto saved = codec::Decode<api::SavedPod>(body); saved.ok()) {
    watches.wanted().Adopt<WatchKind::kSavedPods>(*saved);
  }
}

void AdoptRecreatedPod(const std::string& body, Watches& watches) {
  if (const auto pod = codec::Decode<api::Pod>(body); pod.ok()) {
    watches.wanted().Adopt<WatchKind::kRecreatedPods>(*pod);
  }
}

}  // namespace

Handling HandlingOf(const planner::EvictPod&) {
  Handling handling;
  // One whose UID misses has cost its budget a disruption all the same.
  handling.after_miss = std::chrono::seconds(10);
  handling.after_conflict = {std::chrono::seconds(5), std::chrono::seconds(10)};
  handling.timeout = kube::kEvictionTimeout;
  handling.judge = JudgeEviction;
  return handling;
}

base::Result<Request> RequestFor(const planner::EvictPod& action, const Place&) {
  return Request::Post(
      paths::Eviction(action.ns, action.name),
      codec::EvictionBody(action.ns, action.name, action.uid, action.grace_seconds));
}

Handling HandlingOf(const planner::DeletePod&) {
  return {};
}

base::Result<Request> RequestFor(const planner::DeletePod& action, const Place&) {
  return Request::Delete(paths::One<api::Pod>(action.ns, action.name),
                         codec::DeleteBody(action.uid, ""));
}

Handling HandlingOf(const planner::SavePodTemplate&) {
  Handling handling;
  handling.creates = true;
  handling.adopt = AdoptSavedPod;
  return handling;
}

base::Result<Request> RequestFor(const planner::SavePodTemplate& action, const Place&) {
  return Request::Post(paths::In<api::SavedPod>(action.pod.ns), codec::PodTemplateBody(action.pod));
}

Handling HandlingOf(const planner::RecreatePod&) {
  Handling handling;
  handling.creates = true;
  handling.adopt = AdoptRecreatedPod;
  return handling;
}

base::Result<Request> RequestFor(const planner::RecreatePod& action, const Place&) {
  return Request::Post(
      paths::In<api::Pod>(action.ns),
      codec::RecreatedPodBody(
          {action.ns, action.name, action.old_uid, action.manifest, action.digest}));
}

Handling HandlingOf(const planner::DeletePodTemplate&) {
  return {};
}

base::Result<Request> RequestFor(const planner::DeletePodTemplate& action, const Place&) {
  return Request::Delete(paths::One<api::SavedPod>(action.ns, action.name),
                         codec::DeleteBody(action.uid, ""));
}

}  // namespace cu::core
