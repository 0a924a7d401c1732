#include "planner/target/suffix.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "planner/target/version.hpp"

namespace cu::planner {
namespace {

constexpr std::string_view kSeparators = "-+._";
constexpr std::string_view kDigits = "0123456789";

/// In order:
/// https://github.com/kubernetes/sig-release/blob/master/release-engineering/versioning.md
constexpr auto kPreReleases = std::to_array<std::string_view>({"-alpha.", "-beta.", "-rc."});

/// What follows X.Y.Z.
std::string_view TailOf(std::string_view version) {
  const std::size_t end = version.find_first_of("-+");
  return end == std::string_view::npos ? std::string_view{} : version.substr(end);
}

/// The place in kPreReleases and the number; of a release, a place behind all of them.
std::pair<std::size_t, int> OrderOf(std::string_view pre_release) {
  for (std::size_t i = 0; i < kPreReleases.size(); ++i) {
    if (pre_release.starts_with(kPreReleases[i])) {
      const std::string_view digits = pre_release.substr(kPreReleases[i].size());
      int number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      return {i, number};
    }
  }
  return {kPreReleases.size(), 0};
}

bool IsHash(std::string_view part) {
  constexpr std::size_t kLengthMin = 6;
  return part.size() >= kLengthMin &&
         part.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         part.find_first_of(kDigits) != std::string_view::npos &&
         part.find_first_of("abcdef") != std::string_view::npos;
}

/// Each run of digits as "#".
std::string WithoutNumbers(std::string_view part) {
  std::string text;
  for (const char c : part) {
    const bool digit = kDigits.find(c) != std::string_view::npos;
    if (!digit) {
      text += c;
    } else if (text.empty() || text.back() != '#') {
      text += '#';
    }
  }
  return text;
}

/// Calls visit(part) for what stands between separators of the distribution's suffix, and
/// visit(separator) for those.
template <class Visit>
void EachPart(std::string_view version, const Visit& visit) {
  std::string_view rest = TailOf(version).substr(PreReleaseOf(version).size());
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of(kSeparators);
    const std::size_t size = end == 0 ? 1 : std::min(end, rest.size());
    visit(rest.substr(0, size));
    rest.remove_prefix(size);
  }
}

}  // namespace

std::string_view PreReleaseOf(std::string_view version) {
  const std::string_view tail = TailOf(version);
  for (const std::string_view word : kPreReleases) {
    if (tail.starts_with(word)) {
      const std::size_t end = tail.find_first_not_of(kDigits, word.size());
      return tail.substr(0, end);
    }
  }
  return {};
}

bool IsSameRelease(std::string_view version, std::string_view other) {
  const auto left = ParseVersion(version);
  const auto right = ParseVersion(other);
  return left && right && *left == *right && PreReleaseOf(version) == PreReleaseOf(other);
}

bool IsOlderPreRelease(std::string_view from, std::string_view to) {
  const auto left = ParseVersion(from);
  const auto right = ParseVersion(to);
  return left && right && *left == *right &&
         OrderOf(PreReleaseOf(to)) < OrderOf(PreReleaseOf(from));
}

std::string SuffixKind(std::string_view version) {
  std::string kind;
  EachPart(version, [&](std::string_view part) {
    kind += IsHash(part) ? std::string("#") : WithoutNumbers(part);
  });
  return kind;
}

bool HasHash(std::string_view version) {
  bool found = false;
  EachPart(version, [&](std::string_view part) { found = found || IsHash(part); });
  return found;
}

std::string SuffixProblem(const std::string& reported,
                          const std::string& wanted,
                          const std::string& from) {
  const bool differs = reported != wanted && IsSameRelease(reported, wanted) &&
                       (SuffixKind(reported) != SuffixKind(wanted) || reported != from);
  return !differs ? ""
                  : "the kubelet reports " + reported + ", which differs from " + wanted +
                        " in its suffix only: set spec.version to " + reported +
                        ", or spec.versionMatch to Release";
}

}  // namespace cu::planner
