#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "port/port.hpp"

/// What HTTP calls things.
namespace cu::io {

/// The media type of the request's body.
const char* ContentType(port::Method method);
/// The value of a Retry-After header in seconds. Its other form, a date, is not what API servers
/// send.
std::optional<std::chrono::seconds> RetryAfter(const std::string& value);

}  // namespace cu::io
