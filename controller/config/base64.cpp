#include "config/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace cu::config {

std::optional<std::string> DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string decoded;
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char character : text) {
    if (character == '\n' || character == '\r' || character == ' ') {
      continue;
    }
    const std::size_t value = character == '=' ? 0 : kAlphabet.find(character);
    padding += character == '=' ? 1U : 0U;
    if (value == std::string_view::npos || (padding > 0 && character != '=') || padding > 2) {
      return std::nullopt;
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0) {
      for (unsigned shift = 24; shift > 0;) {
        shift -= 8;
        decoded.push_back(static_cast<char>(bits >> shift & 0xFFU));
      }
    }
  }
  if (digits % 4 != 0 || padding > decoded.size()) {
    return std::nullopt;
  }
  decoded.resize(decoded.size() - padding);
  return decoded;
}

}  // namespace cu::config
