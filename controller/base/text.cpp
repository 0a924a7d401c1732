#include "base/text.hpp"

#include <algorithm>

namespace cu::base {
namespace {

/// Whether the byte goes on with a character of UTF-8.
bool Continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool IsSpaceOrControl(char byte) {
  constexpr unsigned char kDelete = 0x7F;
  const auto code = static_cast<unsigned char>(byte);
  return code <= static_cast<unsigned char>(' ') || code == kDelete;
}

}  // namespace

std::string Cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  std::size_t end = limit;
  while (end > 0 && Continues(text[end])) {
    --end;
  }
  text.resize(end);
  return text;
}

std::string CutFront(std::string text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  std::size_t begin = text.size() - limit;
  while (begin < text.size() && Continues(text[begin])) {
    ++begin;
  }
  return text.substr(begin);
}

std::string OneLine(const std::string& text) {
  std::string line;
  for (const char byte : text) {
    if (!IsSpaceOrControl(byte)) {
      line += byte;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') {
    line.pop_back();
  }
  return line;
}

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
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
