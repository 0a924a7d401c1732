#include "serving/family.hpp"

#include <limits>

#include <catch2/catch.hpp>

namespace cu::serving {
namespace {

using prometheus::MetricType;

TEST_CASE("a family has its name, help and type, and one metric for each set of labels",
          "[serving]") {
  Family family("name", "what it is", MetricType::Gauge);
  family.Add({{"pool", "a"}}, 1.5);
  family.Add({{"pool", "b"}}, -2);
  const prometheus::MetricFamily taken = std::move(family).Take();
  CHECK(taken.name == "name");
  CHECK(taken.help == "what it is");
  CHECK(taken.type == MetricType::Gauge);
  REQUIRE(taken.metric.size() == 2);
  CHECK(taken.metric[0].label == Family::Labels{{"pool", "a"}});
  CHECK(taken.metric[0].gauge.value == 1.5);
  CHECK(taken.metric[1].gauge.value == -2);
}

TEST_CASE("a number serves a counter as well as a gauge", "[serving]") {
  Family family("name", "", MetricType::Counter);
  family.Add({}, 7);
  CHECK(std::move(family).Take().metric.at(0).counter.value == 7);
}

TEST_CASE("a histogram's buckets are cumulated, the last one is without bound", "[serving]") {
  base::Histogram histogram({1, 10});
  for (const double value : {0.5, 1.0, 5.0, 100.0, 200.0}) {
    histogram.Observe(value);
  }
  Family family("name", "", MetricType::Histogram);
  family.Add({}, histogram);
  const auto shown = std::move(family).Take().metric.at(0).histogram;
  CHECK(shown.sample_count == 5);
  CHECK(shown.sample_sum == 306.5);
  REQUIRE(shown.bucket.size() == 3);
  CHECK(shown.bucket[0].upper_bound == 1);
  CHECK(shown.bucket[0].cumulative_count == 2);
  CHECK(shown.bucket[1].upper_bound == 10);
  CHECK(shown.bucket[1].cumulative_count == 3);
  CHECK(shown.bucket[2].upper_bound == std::numeric_limits<double>::infinity());
  CHECK(shown.bucket[2].cumulative_count == 5);
}

}  // namespace
}  // namespace cu::serving
