#include "codec/decode/read_tokens.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "codec/json.hpp"

namespace cu::codec {
namespace {

constexpr std::size_t kSignersMax = 20;
constexpr std::size_t kIssuerMax = 1024;

/// NumericDate of RFC 7519: seconds since 1970.
std::optional<base::WallTime> DateOf(const Reader& reader) {
  constexpr std::int64_t kMost = 253'402'300'799;  // the last second of the year 9999
  const std::int64_t seconds = reader.Integer(-1);
  if (seconds < 0 || seconds > kMost) {
    reader.Problem("must be a time");
    return std::nullopt;
  }
  return base::WallTime(std::chrono::seconds(seconds));
}

/// Tokens of the volume that is injected live a year, as far as servers are concerned, and kubelets
/// renew them by the time that stands under `warnafter` (k8s.io/kubernetes pkg/serviceaccount/
/// claims.go).
base::WallTime RenewedBy(const Reader& claims, base::WallTime issued, base::WallTime expires) {
  constexpr auto kAtLeastDaily = std::chrono::hours(24);
  const Reader warn_after = claims["kubernetes.io"]["warnafter"];
  const base::WallTime end = warn_after.present() ? DateOf(warn_after).value_or(expires) : expires;
  using Span = base::WallTime::duration;
  const Span life = std::max(end - issued, Span(0));
  return issued + std::min<Span>(life / 5 * 4, kAtLeastDaily);
}

}  // namespace

base::Result<api::TokenClaims> DecodeTokenClaims(const std::string& header,
                                                 const std::string& claims) {
  Problems problems;
  const Json head = Parse(header, {}, problems);
  const Json body = Parse(claims, {}, problems);
  const Reader reader(body, "claims", problems);
  api::TokenClaims token;
  token.signer = api::SignerName(Reader(head, "header", problems)["kid"].RequiredText());
  token.issuer = reader["iss"].RequiredText();
  const auto issued = DateOf(reader["iat"]);
  const auto expires = DateOf(reader["exp"]);
  if (token.issuer.size() > kIssuerMax) {
    reader["iss"].Problem("is too long");
  }
  if (!problems.empty()) {
    return problems.ToError();
  }
  token.issued = issued.value_or(base::WallTime{});
  token.expires = expires.value_or(base::WallTime{});
  token.renewed_by = RenewedBy(reader, token.issued, token.expires);
  return token;
}

base::Result<api::KeySet> DecodeKeySet(const std::string& json) {
  Problems problems;
  const Json tree = Parse(json, {}, problems);
  const Reader keys = Reader(tree, "", problems)["keys"];
  api::KeySet set;
  for (const Reader& key : keys.Items()) {
    const std::string kid = key["kid"].Text();
    if (!kid.empty() && set.signers.size() < kSignersMax) {
      set.signers.push_back(api::SignerName(kid));
    }
  }
  if (!keys.present()) {
    keys.Problem("is missing");
  }
  if (!problems.empty()) {
    return problems.ToError();
  }
  return set;
}

}  // namespace cu::codec
