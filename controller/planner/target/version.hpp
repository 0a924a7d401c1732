#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace cu::planner {

/// X.Y.Z of a Kubernetes release; suffixes ("+k3s1", "-eks-5d632ec") do not take part in order.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

/// Reads "vX.Y.Z" with an optional suffix that starts with '-' or '+'. None if it is no version, or
/// v0.0.0, which a build without a version reports.
std::optional<Version> ParseVersion(std::string_view text);

/// Whether X.Y.Z of `version` is newer than that of `other`; false if one of them is no version.
bool IsNewer(std::string_view version, std::string_view other);

/// Minors from `from` up to `to`; negative when `to` is older. Majors count as far apart.
int MinorsBetween(const Version& from, const Version& to);

}  // namespace cu::planner
