#include "base/backoff.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"

using cu::base::Backoff;
using namespace std::chrono_literals;

TEST_CASE("a back-off doubles up to its limit and stays there", "[base]") {
  constexpr Backoff kBackoff{1s, 30s};
  CHECK(kBackoff.After(0) == 1s);
  CHECK(kBackoff.After(1) == 2s);
  CHECK(kBackoff.After(4) == 16s);
  CHECK(kBackoff.After(5) == 30s);
  CHECK(kBackoff.After(std::numeric_limits<int>::max()) == 30s);
}

TEST_CASE("a back-off whose first pause is beyond its limit is cut to it", "[base]") {
  CHECK(Backoff{5s, 2500ms}.After(0) == 2500ms);
}

TEST_CASE("a back-off after fewer than no failures is a mistake", "[base]") {
  CHECK(cu::test::RunApart([] {
          static_cast<void>(Backoff{1s, 30s}.After(-1));
        }).Broke("failures >= 0"));
}
