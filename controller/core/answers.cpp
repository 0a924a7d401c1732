#include "core/answers.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/backoff.hpp"

namespace cu::core {
namespace {

using planner::ActionKind;
using planner::Outcome;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

milliseconds Doubling(milliseconds first, milliseconds most, int attempts) {
  return base::Backoff{first, most}.After(attempts - 1);
}

/// Applies without a version conflict with another field manager only: that lasts.
milliseconds AfterConflict(ActionKind kind, int attempts) {
  switch (kind) {
    case ActionKind::kCordon:
    case ActionKind::kAnnounce:
    case ActionKind::kKeepCordon:
    case ActionKind::kSetHints:
    case ActionKind::kClearHints:
      return Doubling(1s, 60s, attempts);
    case ActionKind::kRelease:
    case ActionKind::kEvict:
    case ActionKind::kDeletePod:
    case ActionKind::kSavePodTemplate:
    case ActionKind::kRecreatePod:
    case ActionKind::kDeletePodTemplate:
    case ActionKind::kCheckAccess:
    case ActionKind::kCreateJob:
    case ActionKind::kDryRunJob:
    case ActionKind::kDeleteJob:
    case ActionKind::kExpireJob:
    case ActionKind::kSetFinalizer:
      return Doubling(200ms, 5s, attempts);
  }
  return 5s;
}

/// What another state of the budgets may have cured.
bool HoldsForBudget(Outcome verdict) {
  return verdict == Outcome::kNoBudget || verdict == Outcome::kTwoBudgets;
}

/// Acts on the same node that no longer stand once `done` is accepted: they may be wanted anew at
/// once.
std::vector<ActionKind> UndoneBy(ActionKind done) {
  if (done == ActionKind::kRelease || done == ActionKind::kKeepCordon) {
    return {ActionKind::kCordon, ActionKind::kAnnounce};
  }
  if (done == ActionKind::kCordon) {
    return {ActionKind::kRelease, ActionKind::kKeepCordon};
  }
  if (done == ActionKind::kSetHints) {
    return {ActionKind::kClearHints};
  }
  if (done == ActionKind::kClearHints) {
    return {ActionKind::kSetHints};
  }
  return {};
}

milliseconds BaseDelay(const Judgement& judgement, ActionKind kind, int attempts) {
  switch (judgement.outcome) {
    case Outcome::kAccepted:
      return 10s;
    case Outcome::kNoBudget:
      return Doubling(5s, 30s, attempts);
    case Outcome::kBudgetStale:
      return judgement.retry_after ? 0s : 10s;
    case Outcome::kOverload:
      return judgement.retry_after ? 0ms : Doubling(1s, 30s, attempts);
    case Outcome::kTwoBudgets:
      return 30s;
    case Outcome::kTerminating:
      return 5s;
    case Outcome::kGone:
      // An eviction whose UID misses has cost its budget a disruption all the same.
      return kind == ActionKind::kEvict ? 10s : 1s;
    case Outcome::kExists:
      // A Job that exists but is not seen yet may be deleted meanwhile, with its pod still at work.
      return kind == ActionKind::kCreateJob ? 10s : 1s;
    case Outcome::kConflict:
      return AfterConflict(kind, attempts);
    case Outcome::kInvalid:
    case Outcome::kForbidden:
    case Outcome::kUnjudged:
      return Doubling(30s, 300s, attempts);
    case Outcome::kUnknown:
      return Doubling(1s, 30s, attempts);
  }
  return 30s;
}

}  // namespace

base::SteadyTime::duration AnswerBook::Delay(const Judgement& judgement,
                                             ActionKind kind,
                                             int attempts) {
  milliseconds delay = BaseDelay(judgement, kind, attempts);
  if (judgement.retry_after) {
    delay = std::max<milliseconds>(delay, *judgement.retry_after);
  }
  const auto quarter = static_cast<std::uint64_t>(delay.count()) / 4 + 1;
  return delay + milliseconds(static_cast<std::int64_t>(random_.Below(quarter)));
}

void AnswerBook::Record(const Asked& asked, const Judgement& judgement, base::Now now) {
  ++recorded_;
  const auto before = answers_.find(asked.key);
  const bool again = before != answers_.end() && before->second.outcome == judgement.outcome;
  planner::ActionResult answer;
  answer.outcome = judgement.outcome;
  answer.attempts = again ? before->second.attempts + 1 : 1;
  answer.since = again ? before->second.since : now.wall;
  answer.not_before = now.steady + Delay(judgement, asked.key.kind, answer.attempts);
  answer.message = judgement.message;
  answer.budgets =
      HoldsForBudget(judgement.outcome) ? asked.budgets : std::vector<planner::BudgetRef>{};
  answers_[asked.key] = std::move(answer);
  if (judgement.outcome != Outcome::kAccepted) {
    accepted_.erase(asked.key);
    return;
  }
  accepted_[asked.key] = asked.body;
  for (const ActionKind undone : UndoneBy(asked.key.kind)) {
    const planner::ActionKey key{asked.key.object, asked.key.uid, undone};
    answers_.erase(key);
    accepted_.erase(key);
  }
}

bool AnswerBook::Allows(const Asked& asked, base::SteadyTime now) const {
  const auto found = answers_.find(asked.key);
  if (found == answers_.end() || found->second.not_before <= now) {
    return true;
  }
  if (found->second.outcome == Outcome::kAccepted) {
    const auto body = accepted_.find(asked.key);
    return body != accepted_.end() && body->second != asked.body;
  }
  return HoldsForBudget(found->second.outcome) && asked.room &&
         asked.budgets != found->second.budgets;
}

void AnswerBook::Prune(const std::set<planner::ActionKey>& listed, base::SteadyTime now) {
  for (auto answer = answers_.begin(); answer != answers_.end();) {
    if (answer->second.not_before <= now && !listed.contains(answer->first)) {
      accepted_.erase(answer->first);
      answer = answers_.erase(answer);
    } else {
      ++answer;
    }
  }
}

std::optional<base::SteadyTime> AnswerBook::NextAfter(const std::set<planner::ActionKey>& listed,
                                                      base::SteadyTime now) const {
  std::optional<base::SteadyTime> next;
  for (const auto& [key, answer] : answers_) {
    const bool waited_for = answer.outcome != Outcome::kAccepted || listed.contains(key);
    if (waited_for && answer.not_before > now && (!next || answer.not_before < *next)) {
      next = answer.not_before;
    }
  }
  return next;
}

}  // namespace cu::core
