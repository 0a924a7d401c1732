#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace cu::base {

/// At most `limit` bytes of `text`, cut between UTF-8 characters.
std::string Cut(std::string text, std::size_t limit);

/// "a, b, c"; at most `max` names, then "and N more".
std::string JoinNames(const std::vector<std::string>& names, std::size_t max);

}  // namespace cu::base
