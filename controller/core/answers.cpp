#include "core/answers.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/backoff.hpp"

namespace cu::core {
namespace {

using planner::Verb;
using planner::Verdict;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

milliseconds Doubling(milliseconds first, milliseconds most, int attempts) {
  return base::Backoff{first, most}.After(attempts - 1);
}

/// Applies without a version conflict with another field manager only: that lasts.
milliseconds AfterConflict(Verb verb, int attempts) {
  switch (verb) {
    case Verb::kCordon:
    case Verb::kAnnounce:
    case Verb::kKeepCordon:
    case Verb::kMark:
    case Verb::kUnmark:
      return Doubling(1s, 60s, attempts);
    case Verb::kRelease:
    case Verb::kEvict:
    case Verb::kDeletePod:
    case Verb::kSavePod:
    case Verb::kRecreatePod:
    case Verb::kForgetPod:
    case Verb::kAskRight:
    case Verb::kCreateJob:
    case Verb::kDryRunJob:
    case Verb::kDeleteJob:
    case Verb::kExpireJob:
    case Verb::kSetFinalizer:
      return Doubling(200ms, 5s, attempts);
  }
  return 5s;
}

/// What another state of the budgets may have cured.
bool HoldsForBudget(Verdict verdict) {
  return verdict == Verdict::kNoBudget || verdict == Verdict::kTwoBudgets;
}

/// Acts on the same node that no longer stand once `done` is accepted: they may be wanted anew at
/// once.
std::vector<Verb> UndoneBy(Verb done) {
  if (done == Verb::kRelease || done == Verb::kKeepCordon) {
    return {Verb::kCordon, Verb::kAnnounce};
  }
  if (done == Verb::kCordon) {
    return {Verb::kRelease, Verb::kKeepCordon};
  }
  if (done == Verb::kMark) {
    return {Verb::kUnmark};
  }
  if (done == Verb::kUnmark) {
    return {Verb::kMark};
  }
  return {};
}

milliseconds BaseDelay(const Judgement& judgement, Verb verb, int attempts) {
  switch (judgement.verdict) {
    case Verdict::kAccepted:
      return 10s;
    case Verdict::kNoBudget:
      return Doubling(5s, 30s, attempts);
    case Verdict::kBudgetStale:
      return judgement.retry_after ? 0s : 10s;
    case Verdict::kOverload:
      return judgement.retry_after ? 0ms : Doubling(1s, 30s, attempts);
    case Verdict::kTwoBudgets:
      return 30s;
    case Verdict::kTerminating:
      return 5s;
    case Verdict::kGone:
      // An eviction whose UID misses has cost its budget a disruption all the same.
      return verb == Verb::kEvict ? 10s : 1s;
    case Verdict::kExists:
      // A Job that exists but is not seen yet may be deleted meanwhile, with its pod still at work.
      return verb == Verb::kCreateJob ? 10s : 1s;
    case Verdict::kConflict:
      return AfterConflict(verb, attempts);
    case Verdict::kInvalid:
    case Verdict::kForbidden:
      return Doubling(30s, 300s, attempts);
    case Verdict::kUnknown:
      return Doubling(1s, 30s, attempts);
  }
  return 30s;
}

}  // namespace

base::SteadyTime::duration AnswerBook::Delay(const Judgement& judgement, Verb verb, int attempts) {
  milliseconds delay = BaseDelay(judgement, verb, attempts);
  if (judgement.retry_after) {
    delay = std::max<milliseconds>(delay, *judgement.retry_after);
  }
  const auto quarter = static_cast<std::uint64_t>(delay.count()) / 4 + 1;
  return delay + milliseconds(static_cast<std::int64_t>(random_.Below(quarter)));
}

void AnswerBook::Record(const Asked& asked, const Judgement& judgement, base::Now now) {
  ++recorded_;
  const auto before = answers_.find(asked.key);
  const bool again = before != answers_.end() && before->second.verdict == judgement.verdict;
  planner::Answer answer;
  answer.verdict = judgement.verdict;
  answer.attempts = again ? before->second.attempts + 1 : 1;
  answer.since = again ? before->second.since : now.wall;
  answer.not_before = now.steady + Delay(judgement, asked.key.verb, answer.attempts);
  answer.message = judgement.message;
  answer.budget = HoldsForBudget(judgement.verdict) ? asked.budget : "";
  answers_[asked.key] = std::move(answer);
  if (judgement.verdict != Verdict::kAccepted) {
    accepted_.erase(asked.key);
    return;
  }
  accepted_[asked.key] = asked.body;
  for (const Verb undone : UndoneBy(asked.key.verb)) {
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
  if (found->second.verdict == Verdict::kAccepted) {
    const auto body = accepted_.find(asked.key);
    return body != accepted_.end() && body->second != asked.body;
  }
  return HoldsForBudget(found->second.verdict) && asked.room &&
         asked.budget != found->second.budget;
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
    const bool waited_for = answer.verdict != Verdict::kAccepted || listed.contains(key);
    if (waited_for && answer.not_before > now && (!next || answer.not_before < *next)) {
      next = answer.not_before;
    }
  }
  return next;
}

}  // namespace cu::core
