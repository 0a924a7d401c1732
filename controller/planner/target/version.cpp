#include "planner/target/version.hpp"

#include <charconv>

namespace cu::planner {
namespace {

constexpr int kMinorsPerMajor = 1000;
constexpr int kNumberMax = 999'999;  // of a major and a minor: their distance is an int

bool TakeNumber(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.empty() || text.front() == '-') {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Version> ParseVersion(std::string_view text) {
  Version version;
  const bool numbers = TakeChar(text, 'v') && TakeNumber(text, version.major) &&
                       TakeChar(text, '.') && TakeNumber(text, version.minor) &&
                       TakeChar(text, '.') && TakeNumber(text, version.patch);
  if (!numbers || version.major > kNumberMax || version.minor > kNumberMax ||
      (!text.empty() && text.front() != '-' && text.front() != '+')) {
    return std::nullopt;
  }
  if (version == Version{}) {
    return std::nullopt;  // a build without a version
  }
  return version;
}

bool IsNewer(std::string_view version, std::string_view other) {
  const std::optional<Version> left = ParseVersion(version);
  const std::optional<Version> right = ParseVersion(other);
  return left && right && *left > *right;
}

int MinorsBetween(const Version& from, const Version& to) {
  return (to.major - from.major) * kMinorsPerMajor + to.minor - from.minor;
}

}  // namespace cu::planner
