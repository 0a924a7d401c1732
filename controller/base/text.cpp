#include "base/text.hpp"

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
  NameList list(max);
  for (const std::string& name : names) {
    list.Add([&] { return name; });
  }
  return list.Text();
}

std::string NameList::Text() const {
  return count_ <= max_ ? text_ : text_ + " and " + std::to_string(count_ - max_) + " more";
}

}  // namespace cu::base
