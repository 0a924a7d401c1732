#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace cu::simulation {

using Duration = std::chrono::nanoseconds;

/// Virtual time: a queue of callbacks, ordered by the time at which they are due. Callbacks due at
/// the same time run in the order in which they were added.
class Timeline {
 public:
  base::SteadyTime now() const { return now_; }
  /// The true wall time.
  base::WallTime wall() const {
    return base::WallTime{std::chrono::sys_days{std::chrono::January / 5 / 2026}} +
           std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }
  std::uint64_t steps() const { return steps_; }

  /// A negative delay counts as none.
  void After(Duration delay, std::function<void()> callback) {
    items_.push_back({now_ + std::max(delay, Duration{0}), next_++, std::move(callback)});
    std::push_heap(items_.begin(), items_.end(), Later);
  }
  /// Advances to the next callback and runs it; false if there is none.
  bool Step() {
    if (items_.empty()) {
      return false;
    }
    std::pop_heap(items_.begin(), items_.end(), Later);
    Item item = std::move(items_.back());
    items_.pop_back();
    now_ = item.time;
    ++steps_;
    item.callback();
    return true;
  }

 private:
  struct Item {
    base::SteadyTime time;
    std::uint64_t order;
    std::function<void()> callback;
  };
  static bool Later(const Item& a, const Item& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }
  base::SteadyTime now_{std::chrono::hours{1}};
  std::vector<Item> items_;  ///< a heap
  std::uint64_t next_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace cu::simulation
