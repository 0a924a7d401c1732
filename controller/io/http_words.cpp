#include "io/http_words.hpp"

#include <algorithm>
#include <ctime>

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

std::optional<std::chrono::seconds> RetryAfter(const std::string& value, base::WallTime now) {
  constexpr std::size_t kDigitsMax = 9;
  if (value.empty()) {
    return std::nullopt;
  }
  if (value.find_first_not_of("0123456789") == std::string::npos) {
    const std::string most(kDigitsMax, '9');
    return std::chrono::seconds(std::stol(value.size() > kDigitsMax ? most : value));
  }
  const std::optional<base::WallTime> until = Date(value);
  if (!until) {
    return std::nullopt;
  }
  return std::max(std::chrono::ceil<std::chrono::seconds>(*until - now), std::chrono::seconds(0));
}

std::optional<base::WallTime> Date(const std::string& value) {
  std::tm date{};
  const char* end = strptime(value.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (end == nullptr || *end != '\0') {
    return std::nullopt;
  }
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&date)));
}

}  // namespace cu::io
