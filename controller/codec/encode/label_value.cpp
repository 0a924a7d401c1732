#include "codec/encode/label_value.hpp"

#include <algorithm>

#include "base/sha256.hpp"

namespace cu::codec {
namespace {

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kCutLabel = 52;
constexpr std::size_t kLabelHash = 10;

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The text with every character that no label may have as '_', without '.', '-' and '_' at its
/// ends.
std::string Legal(std::string text) {
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return !IsAlphanumeric(c) && c != '-' && c != '.'; },
      '_');
  const auto last = std::find_if(text.rbegin(), text.rend(), IsAlphanumeric).base();
  text.erase(last, text.end());
  text.erase(text.begin(), std::find_if(text.begin(), text.end(), IsAlphanumeric));
  return text;
}

}  // namespace

std::string LabelValue(const std::string& text) {
  std::string legal = Legal(text);
  if (legal.size() <= kLongestLabel) {
    return legal;
  }
  return legal.substr(0, kCutLabel) + "-" + base::Sha256Hex(text).substr(0, kLabelHash);
}

}  // namespace cu::codec
