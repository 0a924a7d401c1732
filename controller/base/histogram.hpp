#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cu::base {

/// Counts observations per bucket, not cumulated; `counts` has one more entry than `bounds`, for
/// what lies beyond the last.
struct Histogram {
  explicit Histogram(std::vector<double> bucket_bounds)
      : bounds(std::move(bucket_bounds)), counts(bounds.size() + 1) {}
  void Observe(double value) {
    std::size_t bucket = 0;
    while (bucket < bounds.size() && value > bounds[bucket]) {
      ++bucket;
    }
    ++counts[bucket];
    sum += value;
    ++total;
  }
  std::vector<double> bounds;  ///< upper bounds, ascending
  std::vector<std::uint64_t> counts;
  double sum = 0;
  std::uint64_t total = 0;
};

}  // namespace cu::base
