#include "base/cut.hpp"

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

}  // namespace cu::base
