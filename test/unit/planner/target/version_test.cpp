#include "planner/target/version.hpp"

#include <catch2/catch.hpp>

using namespace cu::planner;

TEST_CASE("a version is read as X.Y.Z with an optional suffix", "[planner]") {
  struct Case {
    const char* text;
    std::optional<Version> version;
  };
  const Case cases[] = {
      {"v1.36.3", Version{1, 36, 3}},
      {"v1.36.3+k3s1", Version{1, 36, 3}},
      {"v1.36.3-eks-5d632ec", Version{1, 36, 3}},
      {"v1.36.3-rc.1", Version{1, 36, 3}},
      {"v10.0.0", Version{10, 0, 0}},
      {"v0.0.0-master+$Format:%H$", std::nullopt},
      {"v0.0.0", std::nullopt},
      {"v0.0.1", Version{0, 0, 1}},
      {"1.36.3", std::nullopt},
      {"v1.36", std::nullopt},
      {"v1.36.3.4", std::nullopt},
      {"v1.36.3 ", std::nullopt},
      {"v1.-36.3", std::nullopt},
      {"v1..3", std::nullopt},
      {"v.36.3", std::nullopt},
      {"v1.36.", std::nullopt},
      {"v1.36.99999999999", std::nullopt},
      {"v1.36.20260101", Version{1, 36, 20260101}},
      {"v2147483647.0.0", std::nullopt},
      {"v1.2147483647.0", std::nullopt},
      {"v", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(ParseVersion(c.text) == c.version);
  }
}

TEST_CASE("versions order by number, not by text", "[planner]") {
  CHECK(*ParseVersion("v1.9.0") < *ParseVersion("v1.10.0"));
  CHECK(*ParseVersion("v1.36.3+k3s1") == *ParseVersion("v1.36.3+k3s2"));
}

TEST_CASE("distance in minors has a sign, and majors are far apart", "[planner]") {
  CHECK(MinorsBetween({1, 35, 4}, {1, 36, 0}) == 1);
  CHECK(MinorsBetween({1, 36, 0}, {1, 35, 4}) == -1);
  CHECK(MinorsBetween({1, 36, 0}, {1, 36, 9}) == 0);
  CHECK(MinorsBetween({1, 36, 0}, {2, 0, 0}) > 3);
  CHECK(MinorsBetween(*ParseVersion("v0.0.1"), *ParseVersion("v999999.999999.0")) > 3);
}

TEST_CASE("newer is said of X.Y.Z, and only of what can be read", "[planner]") {
  CHECK(IsNewer("v1.36.4", "v1.36.3"));
  CHECK_FALSE(IsNewer("v1.36.3", "v1.36.3"));
  CHECK_FALSE(IsNewer("v1.36.3+k3s2", "v1.36.3+k3s1"));
  CHECK_FALSE(IsNewer("v1.35.9", "v1.36.3"));
  CHECK_FALSE(IsNewer("unknown", "v1.36.3"));
  CHECK_FALSE(IsNewer("v1.36.3", "unknown"));
}
