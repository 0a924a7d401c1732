#pragma once
#include <string>
#include <string_view>

/// What follows X.Y.Z in a version: a pre-release of Kubernetes ("-rc.1"), and the suffix of the
/// distribution ("+k3s1", "-eks-5d632ec"). Private to planner/.
namespace cu::planner {

/// "-rc.1" of "v1.36.3-rc.1+k3s1", or "".
std::string_view PreReleaseOf(std::string_view version);

/// The same X.Y.Z and pre-release, whatever the suffix of the distribution. False if one of them is
/// no version.
bool IsSameRelease(std::string_view version, std::string_view other);

/// Whether `to` is an older pre-release of the X.Y.Z of `from`, or a pre-release of that release.
bool IsOlderPreRelease(std::string_view from, std::string_view to);

/// The suffix of the distribution with each number, and each hash, replaced by "#": what stays
/// the same from release to release. "+k3s1" gives "+k#s#", "-eks-5d632ec" gives "-eks-#".
std::string SuffixKind(std::string_view version);

/// Whether the suffix has a hash in it: then nobody can foresee it.
bool HasHash(std::string_view version);

/// What to say of a kubelet that reports the release that is wanted with another suffix, and
/// reported `from` before; "" of any other. No further attempt changes it.
std::string SuffixProblem(const std::string& reported,
                          const std::string& wanted,
                          const std::string& from);

}  // namespace cu::planner
