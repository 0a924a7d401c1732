#include "io/http_words.hpp"

namespace cu::io {

const char* ContentType(port::Method method) {
  switch (method) {
    case port::Method::kMergePatch:
      return "application/merge-patch+json";
    case port::Method::kJsonPatch:
      return "application/json-patch+json";
    case port::Method::kApply:
      return "application/apply-patch+yaml";
    case port::Method::kGet:
    case port::Method::kPost:
    case port::Method::kPut:
    case port::Method::kDelete:
      return "application/json";
  }
  return "";
}

std::optional<std::chrono::seconds> RetryAfter(const std::string& value) {
  constexpr std::size_t kDigitsMax = 6;
  if (value.empty() || value.size() > kDigitsMax ||
      value.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::stol(value));
}

}  // namespace cu::io
