#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

/// RFC 3339 in UTC with seconds, as metav1.Time: "2026-11-22T18:23:05Z".
std::string FormatTime(WallTime time);
/// With milliseconds: "2026-11-22T18:23:05.001Z".
std::string FormatMilliTime(WallTime time);
/// With microseconds, as metav1.MicroTime: "2026-11-22T18:23:05.000001Z".
std::string FormatMicroTime(WallTime time);
/// Any RFC 3339 time, any offset, fractions cut to microseconds; none if it is not one.
std::optional<WallTime> ParseTime(std::string_view text);

}  // namespace cu::base
