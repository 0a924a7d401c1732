#pragma once
#include <chrono>
#include <cstdint>

namespace cu::base {

/// Tag of the shell's CLOCK_BOOTTIME, which goes on while a machine sleeps. It has no now(): a pure
/// layer cannot read a clock by accident.
struct BootClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

/// For measuring; never persisted.
using SteadyTime = BootClock::time_point;
/// For what is persisted or shown; may jump.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// One instant on both clocks, read together by the shell.
struct Now {
  WallTime wall;
  SteadyTime steady;
};

}  // namespace cu::base
