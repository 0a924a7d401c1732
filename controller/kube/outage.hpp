#pragma once
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/time.hpp"

namespace cu::kube {

/// Measures how long the API server was away: from the last good answer, where that was not long
/// before the first call that came to nothing, else from the sending of that call; until the next
/// good one.
///
/// A good answer is one below 500, a watch that opens, or a line of one. A call came to nothing if
/// it could not be sent, broke off or ran out of its time, or was answered with 502, 503, 504 or
/// with another 5xx and Retry-After. A watch that breaks proves nothing: if the server is away, the
/// next call shows it. So a lost reply among others that come is next to nothing. Whoever has a
/// Lease watched hears of the server every 2 s, and a server without its etcd leaves watches open:
/// a silence before a call that fails belongs to the outage. A longer one, in which nobody asked,
/// does not count.
class Outage {
 public:
  /// A standby asks after 15 s without a renewal at the latest, and its call takes as long to fail.
  static constexpr std::chrono::seconds kSilence{40};

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
      const bool heard = answered_ && sent - *answered_ <= kSilence;
      since_ = heard ? *answered_ : sent;
    }
  }
  /// When the outage began that has not ended; none while the server answers.
  std::optional<base::SteadyTime> since() const { return since_; }
  /// The longest outage that has ended since the last call of this; zero if there was none.
  std::chrono::nanoseconds TakeLongest() { return std::exchange(longest_, {}); }

 private:
  std::optional<base::SteadyTime> answered_;
  std::optional<base::SteadyTime> since_;
  std::chrono::nanoseconds longest_{0};
};

}  // namespace cu::kube
