#include "base/time.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "base/random.hpp"

using namespace cu::base;
using std::chrono::microseconds;

namespace {

WallTime At(std::int64_t micros) {
  return WallTime{microseconds{micros}};
}

}  // namespace

TEST_CASE("times are written in UTC, seconds rounded down", "[base]") {
  CHECK(FormatTime(At(0)) == "1970-01-01T00:00:00Z");
  CHECK(FormatTime(At(1'795'371'785'999'999)) == "2026-11-22T18:23:05Z");
  CHECK(FormatTime(At(-1)) == "1969-12-31T23:59:59Z");
  CHECK(FormatMilliTime(At(1'795'371'785'012'999)) == "2026-11-22T18:23:05.012Z");
  CHECK(FormatMilliTime(At(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(FormatMicroTime(At(1'795'371'785'000'001)) == "2026-11-22T18:23:05.000001Z");
  CHECK(FormatMicroTime(At(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(FormatMicroTime(At(-1)) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("any RFC 3339 time is read, whatever its offset and fraction", "[base]") {
  struct Case {
    const char* text;
    std::int64_t micros;
  };
  const std::vector<Case> cases = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-22T18:23:05Z", 1'795'371'785'000'000},
      {"2026-11-22t18:23:05z", 1'795'371'785'000'000},
      {"2026-11-22T20:23:05+02:00", 1'795'371'785'000'000},
      {"2026-11-22T12:53:05-05:30", 1'795'371'785'000'000},
      {"2026-11-22T18:23:05-00:00", 1'795'371'785'000'000},
      {"2026-11-22T18:23:05.5Z", 1'795'371'785'500'000},
      {"2026-11-22T18:23:05.000001Z", 1'795'371'785'000'001},
      {"2026-11-22T18:23:05.123456789Z", 1'795'371'785'123'456},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
      {"0001-01-01T00:00:00Z", -62'135'596'800'000'000},
      {"9999-12-31T23:59:59Z", 253'402'300'799'000'000},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(ParseTime(c.text) == At(c.micros));
  }
}

TEST_CASE("what is no RFC 3339 time is refused", "[base]") {
  for (const char* text : {"",
                           "now",
                           "2026-11-22",
                           "2026-11-22T18:23:05",
                           "2026-11-22 18:23:05Z",
                           "2026-11-22T18:23Z",
                           "2026-11-22T18:23:05.Z",
                           "2026-11-22T18:23:05,5Z",
                           "2026-11-22T18:23:05ZZ",
                           "2026-11-22T18:23:05Z ",
                           " 2026-11-22T18:23:05Z",
                           "2026-11-22T18:23:05+0200",
                           "2026-11-22T18:23:05+24:00",
                           "2026-11-22T18:23:05+02:60",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T18:60:05Z",
                           "2026-11-22T18:23:61Z",
                           "2026-13-22T18:23:05Z",
                           "2026-00-22T18:23:05Z",
                           "2026-11-31T18:23:05Z",
                           "2026-11-00T18:23:05Z",
                           "2025-02-29T00:00:00Z",
                           "-026-11-22T18:23:05Z",
                           "+2026-11-22T18:23:05Z",
                           "12026-11-22T18:23:05Z",
                           "2026-1-22T18:23:05Z"}) {
    INFO(text);
    CHECK_FALSE(ParseTime(text).has_value());
  }
}

TEST_CASE("a time with microseconds survives writing and reading", "[base]") {
  Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const WallTime time = At(static_cast<std::int64_t>(random.Below(250'000'000'000'000'000)) -
                             60'000'000'000'000'000);
    INFO(FormatMicroTime(time));
    REQUIRE(ParseTime(FormatMicroTime(time)) == time);
    REQUIRE(ParseTime(FormatTime(time)) == std::chrono::floor<std::chrono::seconds>(time));
  }
}
