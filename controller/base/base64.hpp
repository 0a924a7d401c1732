#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cu::base {

/// RFC 4648, padded, line breaks allowed. None: `text` is not that.
std::optional<std::string> DecodeBase64(std::string_view text);

/// RFC 4648 section 5, as JWTs have it: without padding and line breaks. None: `text` is not that.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace cu::base
