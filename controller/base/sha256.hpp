#pragma once
#include <string>
#include <string_view>

namespace cu::base {

/// SHA-256 of `text` as 64 lower-case hex digits.
std::string Sha256Hex(std::string_view text);

}  // namespace cu::base
