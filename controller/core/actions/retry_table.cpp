#include "core/actions/retry_table.hpp"

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

/// "team" of "team/web-0".
std::string NamespaceOf(const planner::ObjectRef& object) {
  const std::size_t slash = object.name.find('/');
  return slash == std::string::npos ? "" : object.name.substr(0, slash);
}

milliseconds BaseDelay(const Judgement& judgement, const Handling& handling, int attempts) {
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
    case Outcome::kExists:
      return handling.after_miss;
    case Outcome::kConflict:
      return handling.after_conflict.After(attempts - 1);
    case Outcome::kDenied:
      return Doubling(5s, 60s, attempts);
    case Outcome::kForbidden:
      return Doubling(10s, 60s, attempts);
    case Outcome::kInvalid:
    case Outcome::kUnjudged:
      return Doubling(30s, 300s, attempts);
    case Outcome::kUnknown:
      return Doubling(1s, 30s, attempts);
  }
  return 30s;
}

}  // namespace

base::SteadyTime::duration RetryTable::Delay(const Judgement& judgement,
                                             const Handling& handling,
                                             int attempts) {
  milliseconds delay = BaseDelay(judgement, handling, attempts);
  if (judgement.retry_after) {
    delay = std::max<milliseconds>(delay, *judgement.retry_after);
  }
  const auto quarter = static_cast<std::uint64_t>(delay.count()) / 4 + 1;
  return delay + milliseconds(static_cast<std::int64_t>(random_.Below(quarter)));
}

void RetryTable::Record(const Asked& asked,
                        const std::string& body,
                        const Judgement& judgement,
                        base::Now now) {
  ++recorded_;
  const auto [entry, inserted] = results_.try_emplace(asked.key);
  planner::ActionResult& result = entry->second;
  const bool again = !inserted && result.outcome == judgement.outcome;
  result.attempts = again ? result.attempts + 1 : 1;
  result.since = again ? result.since : now.wall;
  result.outcome = judgement.outcome;
  result.not_before = now.steady + Delay(judgement, asked.handling, result.attempts);
  result.message = judgement.message;
  result.told_to_wait = judgement.retry_after.has_value();
  result.facts = asked.facts.value_or(planner::EvictionFacts{});
  if (judgement.outcome != Outcome::kAccepted) {
    accepted_.erase(asked.key);
    return;
  }
  accepted_[asked.key] = body;
  EndForbidden(asked.key, now.steady);
  for (const ActionKind undone : asked.handling.undoes) {
    const planner::ActionKey key{asked.key.object, asked.key.uid, undone};
    results_.erase(key);
    accepted_.erase(key);
  }
}

/// Of the same kind, on another object of the namespace.
void RetryTable::EndForbidden(const planner::ActionKey& taken, base::SteadyTime now) {
  for (auto& [key, result] : results_) {
    if (result.outcome == Outcome::kForbidden && !result.told_to_wait && key.kind == taken.kind &&
        NamespaceOf(key.object) == NamespaceOf(taken.object)) {
      result.not_before = std::min(result.not_before, now);
    }
  }
}

RetryTable::Permit RetryTable::Allows(const Asked& asked, base::SteadyTime now) const {
  const auto found = results_.find(asked.key);
  if (found == results_.end() || found->second.not_before <= now) {
    return Permit::kSend;
  }
  if (found->second.outcome == Outcome::kAccepted) {
    return Permit::kSendIfChanged;
  }
  return asked.facts && planner::IsOutdated(found->second, *asked.facts) ? Permit::kSend
                                                                         : Permit::kHold;
}

bool RetryTable::Repeats(const planner::ActionKey& key, const std::string& body) const {
  const auto accepted = accepted_.find(key);
  return accepted == accepted_.end() || accepted->second == body;
}

}  // namespace cu::core
