#include "kube/server_clock.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cu::kube {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

/// An answer that took longer says too little.
constexpr auto kQuick = 5s;
constexpr int kMisfitsMax = 3;
constexpr auto kCorrectFrom = 5s;
constexpr auto kAgreeBelow = 2s;

microseconds Since1970(base::WallTime time) {
  return time.time_since_epoch();
}

microseconds SinceStart(base::SteadyTime time) {
  return std::chrono::floor<microseconds>(time.time_since_epoch());
}

}  // namespace

void ServerClock::Observe(base::WallTime date, base::SteadyTime sent, base::SteadyTime now) {
  CU_CHECK(sent <= now);
  if (now - sent > kQuick) {
    return;
  }
  const Range seen{Since1970(date) - SinceStart(now), Since1970(date) + 1s - SinceStart(sent)};
  const Range both{range_ ? std::max(range_->least, seen.least) : seen.least,
                   range_ ? std::min(range_->most, seen.most) : seen.most};
  if (both.least <= both.most) {
    range_ = both;
    misfits_ = 0;
  } else if (++misfits_ == kMisfitsMax) {
    range_ = seen;
    misfits_ = 0;
  }
}

std::optional<microseconds> ServerClock::Ahead(base::Now now) const {
  if (!range_) {
    return std::nullopt;
  }
  const microseconds servers =
      range_->least + (range_->most - range_->least) / 2 + SinceStart(now.steady);
  return Since1970(now.wall) - servers;
}

base::Now ServerClock::Correct(base::Now now) {
  const std::optional<microseconds> ahead = Ahead(now);
  if (!ahead) {
    return now;
  }
  const microseconds bound = corrects_ ? microseconds(kAgreeBelow) : microseconds(kCorrectFrom);
  corrects_ = std::chrono::abs(*ahead) >= bound;
  return corrects_ ? base::Now{now.wall - *ahead, now.steady} : now;
}

}  // namespace cu::kube
