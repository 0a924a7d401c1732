#include "base/random.hpp"

#include <array>

#include <catch2/catch.hpp>

using cu::base::Random;

TEST_CASE("the numbers of a seed are those of splitmix64", "[base]") {
  // Published test vector of the reference implementation, seed 1234567.
  Random random(1234567);
  CHECK(random.Next() == 6457827717110365317U);
  CHECK(random.Next() == 3203168211198807973U);
  CHECK(random.Next() == 9817491932198370423U);
  CHECK(random.Next() == 4593380528125082431U);
  CHECK(random.Next() == 16408922859458223821U);
}

TEST_CASE("equal seeds give equal numbers, other seeds others", "[base]") {
  Random a(7);
  Random b(7);
  Random c(8);
  const auto first = a.Next();
  CHECK(first == b.Next());
  CHECK(first != c.Next());
}

TEST_CASE("numbers below a bound reach each value, and fractions stay below 1", "[base]") {
  Random random(1);
  std::array<int, 5> hits{};
  for (int i = 0; i < 5000; ++i) {
    ++hits.at(random.Below(5));
    const double unit = random.Unit();
    REQUIRE(unit >= 0.0);
    REQUIRE(unit < 1.0);
  }
  for (const int count : hits) {
    CHECK(count > 800);
  }
}
