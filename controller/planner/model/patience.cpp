#include "planner/model/patience.hpp"

#include <chrono>

#include "base/check.hpp"

namespace cu::planner {
namespace {

/// A quota or a policy that passes by itself passes soon.
constexpr auto kRefused = std::chrono::seconds(90);
constexpr auto kUnanswered = std::chrono::minutes(10);

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

}  // namespace

base::WallTime PatienceEnds(const ActionResult& result) {
  CU_CHECK(result.outcome != Outcome::kAccepted);
  if (SaysNothing(result.outcome)) {
    return result.since + kUnanswered;
  }
  return result.since + kRefused;
}

}  // namespace cu::planner
