#include "codec/decode/read_authority.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "codec/decode/read_metadata.hpp"

namespace cu::codec {
namespace {

constexpr std::size_t kAuthoritiesMax = 20;
constexpr std::size_t kDigits = 16;

/// Of each certificate in PEM (RFC 7468); what is none is passed over.
std::vector<std::string> FingerprintsOf(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<std::string> fingerprints;
  std::size_t at = text.find(kBegin);
  while (at != std::string_view::npos) {
    const std::size_t body = at + kBegin.size();
    const std::size_t end = text.find(kEnd, body);
    if (end == std::string_view::npos) {
      break;
    }
    if (const auto der = base::DecodeBase64(text.substr(body, end - body)); der && !der->empty()) {
      fingerprints.push_back(base::Sha256Hex(*der).substr(0, kDigits));
    }
    at = text.find(kBegin, end);
  }
  std::sort(fingerprints.begin(), fingerprints.end());
  fingerprints.erase(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
  fingerprints.resize(std::min(fingerprints.size(), kAuthoritiesMax));
  return fingerprints;
}

}  // namespace

template <>
Names DroppedMembers<api::AuthorityBundle>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields"});
  return kNames;
}

template <>
api::AuthorityBundle Read(const Reader& object) {
  api::AuthorityBundle bundle;
  bundle.meta = ReadMetadata(object["metadata"], KeepNone);
  bundle.fingerprints = FingerprintsOf(object["data"]["ca.crt"].Text());
  return bundle;
}

}  // namespace cu::codec
