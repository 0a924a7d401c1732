#pragma once
#include <cstddef>
#include <string>
#include <vector>

/// What texts take in memory, roughly: for bounds of what is kept.
namespace cu::base {

/// An entry of a map of two short texts, besides the texts.
inline constexpr std::size_t kMapEntryBytes = 112;

inline std::size_t BytesOf(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    bytes += sizeof(std::string) + text.size();
  }
  return bytes;
}

}  // namespace cu::base
