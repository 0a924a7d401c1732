#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cu::access {

/// RFC 4648, padded, line breaks allowed. None: `text` is not that.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace cu::access
