#pragma once
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/time.hpp"

namespace cu::kube {

/// Measures how long the API server was away: from the sending of the first call that came to
/// nothing, but not before the last good answer, until the next good one.
///
/// A good answer is one below 500, a watch that opens, or a line of one. A call came to nothing if
/// it could not be sent, broke off or ran out of its time, or was answered with 502, 503, 504 or
/// with another 5xx and Retry-After. A watch that breaks proves nothing: if the server is away, the
/// next call shows it. So a lost reply among others that come is next to nothing, and the time in
/// which nobody asked does not count.
class Outage {
 public:
  void Answered(base::SteadyTime now) {
    if (since_) {
      longest_ = std::max(longest_, now - *since_);
    }
    since_.reset();
    answered_ = now;
  }
  /// Pre: `sent` is not after `now`.
  void Failed(base::SteadyTime sent, base::SteadyTime now) {
    CU_CHECK(sent <= now);
    if (!since_) {
      since_ = std::max(sent, answered_.value_or(sent));
    }
  }
  /// The longest outage that has ended since the last call of this; zero if there was none.
  std::chrono::nanoseconds TakeLongest() { return std::exchange(longest_, {}); }

 private:
  std::optional<base::SteadyTime> answered_;
  std::optional<base::SteadyTime> since_;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace cu::kube
