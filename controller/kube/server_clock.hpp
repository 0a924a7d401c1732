#pragma once
#include <chrono>
#include <optional>

#include "base/time.hpp"

namespace cu::kube {

/// The API server's clock, as the Date of its answers shows it, carried on by our steady clock.
///
/// Deadlines count from what the server or a leader before has written down. A node whose clock is
/// minutes off, or is set while a node is in work, would find them over, or never over: so where
/// our own wall clock differs by 5 s or more, the server's takes its place until they agree within
/// 2 s again. Every replica then goes by one clock.
///
/// A Date holds whole seconds and was written some time between call and answer: each narrows the
/// range in which the clock may be. Three in a row that fit no longer (the server's clock was set,
/// the steady clock drifts, another server answers) begin a new range.
class ServerClock {
 public:
  /// The Date of the answer that came `now` to a call begun at `sent`. Pre: sent <= now.
  void Observe(base::WallTime date, base::SteadyTime sent, base::SteadyTime now);
  /// How far our wall clock is ahead of the server's, negative: behind; none as long as nothing was
  /// observed.
  std::optional<std::chrono::microseconds> Ahead(base::Now now) const;
  /// `now` with the wall time to go by.
  base::Now Correct(base::Now now);

 private:
  /// Of what the server's wall clock shows at steady time 0.
  struct Range {
    std::chrono::microseconds least;
    std::chrono::microseconds most;
  };

  std::optional<Range> range_;
  int misfits_ = 0;  ///< in a row
  bool corrects_ = false;
};

}  // namespace cu::kube
