#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace cu::codec {

/// RFC 3339 in UTC with seconds, as metav1.Time: "2026-11-22T18:23:05Z".
std::string FormatTime(base::WallTime time);
/// With microseconds, as metav1.MicroTime: "2026-11-22T18:23:05.000001Z".
std::string FormatMicroTime(base::WallTime time);
/// Any RFC 3339 time, any offset, fractions cut to microseconds; none if it is not one.
std::optional<base::WallTime> ParseTime(std::string_view text);

}  // namespace cu::codec
