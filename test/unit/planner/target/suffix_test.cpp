#include "planner/target/suffix.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace cu::planner;

TEST_CASE("a pre-release is not a distribution's suffix", "[planner]") {
  CHECK(PreReleaseOf("v1.36.3") == "");
  CHECK(PreReleaseOf("v1.36.3-rc.1") == "-rc.1");
  CHECK(PreReleaseOf("v1.36.3-rc.12+k3s1") == "-rc.12");
  CHECK(PreReleaseOf("v1.36.3-eks-5d632ec") == "");
  CHECK(SuffixKind("v1.36.3-rc.1") == "");
  CHECK(SuffixKind("v1.36.3-rc.1+k3s1") == "+k#s#");
}

TEST_CASE("releases are the same whatever the suffix, pre-releases are others", "[planner]") {
  CHECK(IsSameRelease("v1.36.3", "v1.36.3-eks-cb19647"));
  CHECK(IsSameRelease("v1.36.3+k3s1", "v1.36.3+k3s2"));
  CHECK(IsSameRelease("v1.36.3-rc.1+a", "v1.36.3-rc.1"));
  CHECK_FALSE(IsSameRelease("v1.36.3", "v1.36.3-rc.1"));
  CHECK_FALSE(IsSameRelease("v1.36.3", "v1.36.4"));
  CHECK_FALSE(IsSameRelease("x", "x"));
}

TEST_CASE("an older pre-release is a step back", "[planner]") {
  CHECK(IsOlderPreRelease("v1.36.3", "v1.36.3-rc.1"));
  CHECK(IsOlderPreRelease("v1.36.3-rc.1", "v1.36.3-rc.0"));
  CHECK(IsOlderPreRelease("v1.36.3-rc.0", "v1.36.3-beta.9"));
  CHECK(IsOlderPreRelease("v1.36.3-rc.10", "v1.36.3-rc.9"));
  CHECK_FALSE(IsOlderPreRelease("v1.36.3-rc.1", "v1.36.3"));
  CHECK_FALSE(IsOlderPreRelease("v1.36.3+k3s1", "v1.36.3-eks-5d632ec"));
  CHECK_FALSE(IsOlderPreRelease("v1.36.2", "v1.36.3-rc.1"));
}

TEST_CASE("a suffix is of the same kind from release to release", "[planner]") {
  CHECK(SuffixKind("v1.36.3") == "");
  CHECK(SuffixKind("v1.36.3+k3s1") == SuffixKind("v1.35.4+k3s12"));
  CHECK(SuffixKind("v1.36.3+rke2r1") == SuffixKind("v1.35.4+rke2r2"));
  CHECK(SuffixKind("v1.36.3-eks-5d632ec") == SuffixKind("v1.35.4-eks-cb19647"));
  CHECK(SuffixKind("v1.36.3-eks-5d632ec") == SuffixKind("v1.35.4-eks-1234567"));
  CHECK(SuffixKind("v1.36.3-gke.100") == SuffixKind("v1.35.4-gke.1234000"));
  CHECK(SuffixKind("v1.36.3+k0s.0") != SuffixKind("v1.36.3+k0s"));
  CHECK(SuffixKind("v1.36.3+k3s1") != SuffixKind("v1.36.3+rke2r1"));
  CHECK(HasHash("v1.36.3-eks-5d632ec"));
  CHECK_FALSE(HasHash("v1.36.3-gke.1234000"));
  CHECK_FALSE(HasHash("v1.36.3+k3s1"));
}

TEST_CASE("a suffix that is not the one that was asked for is told, a node that stays is not",
          "[planner]") {
  CHECK(SuffixProblem("v1.36.3+k0s", "v1.36.3+k0s.0", "v1.35.4+k0s").find("v1.36.3+k0s, which") !=
        std::string::npos);
  CHECK_FALSE(SuffixProblem("v1.36.3-eks-b1c2d3e", "v1.36.3-eks-a1b2c3d", "v1.35.4").empty());
  CHECK(SuffixProblem("v1.36.3+k3s1", "v1.36.3+k3s2", "v1.36.3+k3s1").empty());
  CHECK(SuffixProblem("v1.35.4", "v1.36.3", "v1.35.4").empty());
  CHECK(SuffixProblem("v1.36.3", "v1.36.3", "v1.35.4").empty());
}
