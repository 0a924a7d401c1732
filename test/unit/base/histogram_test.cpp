#include "base/histogram.hpp"

#include <catch2/catch.hpp>

using cu::base::Histogram;

TEST_CASE("an observation falls into the first bucket whose bound it does not exceed", "[base]") {
  Histogram histogram({1, 2});
  for (const double value : {0.0, 1.0, 1.5, 2.0, 2.5, 100.0}) {
    histogram.Observe(value);
  }
  CHECK(histogram.counts == std::vector<std::uint64_t>{2, 2, 2});
  CHECK(histogram.total == 6);
  CHECK(histogram.sum == 107);
}
