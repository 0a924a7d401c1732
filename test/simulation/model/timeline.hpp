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

using Span = std::chrono::nanoseconds;

/// Virtual time: one queue of everything that is going to happen. Equal times keep their order.
class Timeline {
 public:
  base::SteadyTime now() const { return now_; }
  /// True time: wall clocks of processes may differ from it.
  base::WallTime wall() const {
    return base::WallTime{std::chrono::sys_days{std::chrono::January / 5 / 2026}} +
           std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }
  std::uint64_t steps() const { return steps_; }

  void After(Span delay, std::function<void()> act) {
    items_.push_back({now_ + std::max(delay, Span{0}), next_++, std::move(act)});
    std::push_heap(items_.begin(), items_.end(), Later);
  }
  /// Does what comes next; false if nothing does.
  bool Step() {
    if (items_.empty()) {
      return false;
    }
    std::pop_heap(items_.begin(), items_.end(), Later);
    Item item = std::move(items_.back());
    items_.pop_back();
    now_ = item.time;
    ++steps_;
    item.act();
    return true;
  }

 private:
  struct Item {
    base::SteadyTime time;
    std::uint64_t order;
    std::function<void()> act;
  };
  static bool Later(const Item& a, const Item& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }
  base::SteadyTime now_{std::chrono::hours{1}};
  std::vector<Item> items_;
  std::uint64_t next_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace cu::simulation
