#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "core/verdict.hpp"
#include "planner/model/action.hpp"

namespace cu::core {

/// The server's last word on every wanted act, and when the act may be sent again. Delays, each
/// stretched by up to a quarter at random (seeded), and never shorter than Retry-After:
/// kAccepted 10 s · kGone, kExists 1 s (evictions and new Jobs 10 s) · kConflict 0.2 s doubling to
/// 5 s, with another field manager 1 s doubling to 60 s · kUnknown 1 s doubling to 30 s · kNoBudget
/// 5 s doubling to 30 s · kBudgetStale Retry-After (10 s without) · kOverload Retry-After (1 s
/// doubling to 30 s without) · kTwoBudgets 30 s · kTerminating 5 s · kForbidden, kInvalid 30 s
/// doubling to 5 min.
class AnswerBook {
 public:
  explicit AnswerBook(std::uint64_t seed) : random_(seed) {}

  /// What was asked: `body` tells a changed wish from a repeated one.
  struct Asked {
    planner::ActionKey key;
    std::string body;
    std::vector<planner::BudgetRef> budgets;  ///< EvictPod::budgets
    bool room = false;                        ///< that budget allows a disruption
  };
  /// An accepted act forgets the answer to the one that it undoes: a node that is released and
  /// taken again is cordoned and marked at once.
  void Record(const Asked& asked, const Judgement& judgement, base::Now now);

  /// May `asked` be sent? An accepted act holds only its own repetition back; one that found no
  /// room in its budget, or two of them, may go early when one budget with room is left and differs
  /// from what it was asked with.
  bool Allows(const Asked& asked, base::SteadyTime now) const;

  /// Drops what no plan lists and no delay holds any more.
  void Prune(const std::set<planner::ActionKey>& listed, base::SteadyTime now);

  const planner::ActionResults& answers() const { return answers_; }
  /// How often Record was called: another number, another book.
  std::uint64_t recorded() const { return recorded_; }
  /// The earliest `not_before` after `now` that a plan may wait for: accepted acts that no plan
  /// lists any more wake nobody.
  std::optional<base::SteadyTime> NextAfter(const std::set<planner::ActionKey>& listed,
                                            base::SteadyTime now) const;

 private:
  base::SteadyTime::duration Delay(const Judgement& judgement,
                                   planner::ActionKind kind,
                                   int attempts);

  base::Random random_;
  planner::ActionResults answers_;
  std::uint64_t recorded_ = 0;
  std::map<planner::ActionKey, std::string> accepted_;  ///< body of the accepted act
};

}  // namespace cu::core
