#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "core/actions/judgement.hpp"
#include "planner/model/action.hpp"

namespace cu::core {

/// The server's last answer to every wanted action, and when the action may be sent again. Delays,
/// each stretched by up to a quarter at random (seeded), and never shorter than Retry-After:
/// kAccepted 10 s · kGone, kExists 1 s (evictions and new Jobs 10 s: Handling::after_miss) ·
/// kConflict 0.2 s doubling to 5 s (applies 1 s to 60 s, evictions 5 s to 10 s:
/// Handling::after_conflict) · kUnknown 1 s
/// doubling to 30 s · kNoBudget 5 s doubling to 30 s · kBudgetStale Retry-After (10 s without) ·
/// kOverload Retry-After (1 s doubling to 30 s without) · kTwoBudgets 30 s · kTerminating 5 s ·
/// kDenied 5 s doubling to 60 s · kForbidden 10 s doubling to 60 s · kInvalid, kUnjudged 30 s
/// doubling to 5 min.
class RetryTable {
 public:
  explicit RetryTable(std::uint64_t seed) : random_(seed) {}

  /// What is asked of the server.
  struct Asked {
    planner::ActionKey key;
    Handling handling;
    std::optional<planner::EvictionFacts> facts;  ///< EvictPod::facts
  };
  /// `body`: of the request that was answered; it tells a changed wish from a repeated one. An
  /// accepted action forgets the answer to the one that it undoes: a node that is released and
  /// taken again is cordoned and marked at once.
  void Record(const Asked& asked,
              const std::string& body,
              const Judgement& judgement,
              base::Now now);

  enum class Permit { kSend, kSendIfChanged, kHold };
  /// May `asked` be sent? An accepted action holds only its own repetition back, with the same
  /// body: see Repeats. An eviction goes at once when its last answer is outdated
  /// (planner::IsOutdated), and a forbidden action when another of its kind in its namespace was
  /// taken meanwhile: the right is there again.
  Permit Allows(const Asked& asked, base::SteadyTime now) const;
  /// The action was accepted with this very body.
  bool Repeats(const planner::ActionKey& key, const std::string& body) const;

  /// Drops what is not wanted and what no delay holds any more. wanted(key): a plan wants it.
  template <class Wanted>
  void Prune(const Wanted& wanted, base::SteadyTime now);

  const planner::ActionResults& results() const { return results_; }
  /// How often Record was called: the table is unchanged while it is the same.
  std::uint64_t recorded() const { return recorded_; }
  /// The earliest `not_before` after `now` that a plan may wait for: accepted actions that are not
  /// wanted any more wake nobody.
  template <class Wanted>
  std::optional<base::SteadyTime> NextAfter(const Wanted& wanted, base::SteadyTime now) const;

 private:
  void EndForbidden(const planner::ActionKey& taken, base::SteadyTime now);
  base::SteadyTime::duration Delay(const Judgement& judgement,
                                   const Handling& handling,
                                   int attempts);

  base::Random random_;
  planner::ActionResults results_;
  std::uint64_t recorded_ = 0;
  std::map<planner::ActionKey, std::string> accepted_;  ///< body of the accepted action
};

template <class Wanted>
void RetryTable::Prune(const Wanted& wanted, base::SteadyTime now) {
  for (auto result = results_.begin(); result != results_.end();) {
    if (result->second.not_before <= now && !wanted(result->first)) {
      accepted_.erase(result->first);
      result = results_.erase(result);
    } else {
      ++result;
    }
  }
}

template <class Wanted>
std::optional<base::SteadyTime> RetryTable::NextAfter(const Wanted& wanted,
                                                      base::SteadyTime now) const {
  std::optional<base::SteadyTime> next;
  for (const auto& [key, result] : results_) {
    const bool sooner = result.not_before > now && (!next || result.not_before < *next);
    if (sooner && (result.outcome != planner::Outcome::kAccepted || wanted(key))) {
      next = result.not_before;
    }
  }
  return next;
}

}  // namespace cu::core
