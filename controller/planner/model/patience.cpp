#include "planner/model/patience.hpp"

#include <chrono>

#include "base/check.hpp"

namespace cu::planner {
namespace {

/// A quota or a policy that passes by itself passes soon.
constexpr auto kRefused = std::chrono::seconds(90);
constexpr auto kUnanswered = std::chrono::minutes(10);

}  // namespace

base::WallTime PatienceEnds(const ActionResult& result) {
  CU_CHECK(result.outcome != Outcome::kAccepted);
  if (SaysNothing(result.outcome)) {
    return result.since + kUnanswered;
  }
  return result.since + kRefused;
}

}  // namespace cu::planner
