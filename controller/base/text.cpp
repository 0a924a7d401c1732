#include "base/text.hpp"

#include <algorithm>

namespace cu::base {

std::string Cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  std::size_t end = limit;
  while (end > 0 && continues(end)) {
    --end;
  }
  text.resize(end);
  return text;
}

std::string JoinNames(const std::vector<std::string>& names, std::size_t max) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), max); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > max) {
    text += " and " + std::to_string(names.size() - max) + " more";
  }
  return text;
}

}  // namespace cu::base
