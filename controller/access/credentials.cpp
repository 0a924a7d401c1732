#include "access/credentials.hpp"

#include <chrono>
#include <utility>

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

}  // namespace

base::Result<std::string> Credentials::Authorization(base::SteadyTime now, bool reload) {
  if (token_.empty() || (!header_.empty() && !reload && now < due_)) {
    return header_;
  }
  const base::Result<std::string> text = Read(token_);
  const std::string token = text ? Trimmed(*text) : std::string();
  if (!token.empty()) {
    header_ = "Bearer " + token;
    due_ = now + kPeriod - kLeeway;
  }
  if (header_.empty()) {
    return text ? base::Error{base::ErrorKind::kUnavailable, "no token in " + token_.file}
                : text.error();
  }
  return header_;
}

}  // namespace cu::access
