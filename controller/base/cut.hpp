#pragma once
#include <cstddef>
#include <string>

namespace cu::base {

/// At most `limit` bytes of `text`, cut between UTF-8 characters.
std::string Cut(std::string text, std::size_t limit);

}  // namespace cu::base
