#include "base/base64.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>

#include <openssl/evp.h>

namespace cu::base {

std::optional<std::string> DecodeBase64(std::string_view text) {
  // OpenSSL takes a hyphen for the end of the text, and passes over tabs.
  if (text.find_first_of("-\t") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::unique_ptr<EVP_ENCODE_CTX, decltype(&EVP_ENCODE_CTX_free)> context(
      EVP_ENCODE_CTX_new(), EVP_ENCODE_CTX_free);
  EVP_DecodeInit(context.get());
  std::string decoded(text.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(decoded.data());
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  int length = 0;
  int rest = 0;
  if (EVP_DecodeUpdate(context.get(), out, &length, in, static_cast<int>(text.size())) < 0 ||
      EVP_DecodeFinal(context.get(), out + length, &rest) < 0) {
    return std::nullopt;
  }
  decoded.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(rest));
  return decoded;
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  constexpr std::size_t kGroup = 4;
  if (text.find_first_of("+/= \r\n") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string usual(text);
  std::replace(usual.begin(), usual.end(), '-', '+');
  std::replace(usual.begin(), usual.end(), '_', '/');
  usual.append((kGroup - usual.size() % kGroup) % kGroup, '=');
  return DecodeBase64(usual);
}

}  // namespace cu::base
