#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "port/port.hpp"

/// What headers of HTTP hold.
namespace cu::io {

/// The media type of the request's body.
const char* ContentType(port::Method method);
/// The value of a Retry-After header: seconds, or a date (RFC 9110, IMF-fixdate), from `now` on and
/// never below zero; at most 999,999,999 seconds.
std::optional<std::chrono::seconds> RetryAfter(const std::string& value, base::WallTime now);
/// The value of a Date header (RFC 9110, IMF-fixdate); none for anything else.
std::optional<base::WallTime> Date(const std::string& value);

}  // namespace cu::io
