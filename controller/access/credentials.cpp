#include "access/credentials.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/base64.hpp"

namespace cu::access {
namespace {

constexpr auto kPeriod = std::chrono::seconds(60);
constexpr auto kLeeway = std::chrono::seconds(10);

std::string Trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Tokens are far smaller; what is not one is not kept.
constexpr std::size_t kTokenBytesMax = 65'536;

/// RFC 7519 and 7515: header, claims and signature with points between them.
std::optional<Credentials::Statement> StatementOf(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (token.size() > kTokenBytesMax || first == last || token.find('.', first + 1) != last) {
    return std::nullopt;
  }
  auto header = base::DecodeBase64Url(token.substr(0, first));
  auto claims = base::DecodeBase64Url(token.substr(first + 1, last - first - 1));
  if (!header || !claims) {
    return std::nullopt;
  }
  return Credentials::Statement{*std::move(header), *std::move(claims)};
}

}  // namespace

base::Result<std::string> Credentials::Authorization(base::SteadyTime now, bool reload) {
  if (token_.empty() || (!header_.empty() && !reload && now < due_)) {
    return header_;
  }
  const base::Result<std::string> text = Read(token_);
  const std::string token = text ? Trimmed(*text) : std::string();
  if (!token.empty()) {
    if (std::string header = "Bearer " + token; header != header_) {
      header_ = std::move(header);
      statement_ = StatementOf(token);
    }
    due_ = now + kPeriod - kLeeway;
  }
  if (header_.empty()) {
    return text ? base::Error{base::ErrorKind::kUnavailable, "no token in " + token_.file}
                : text.error();
  }
  return header_;
}

}  // namespace cu::access
