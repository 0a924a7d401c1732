#include "serving/family.hpp"

#include <limits>

#include "base/check.hpp"
#include "base/histogram.hpp"

namespace cu::serving {

void Family::Add(Labels labels, double value) {
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  metric.label = std::move(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
}

void Family::Add(Labels labels, const base::Histogram& histogram) {
  CU_CHECK(histogram.counts.size() == histogram.bounds.size() + 1);
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  metric.label = std::move(labels);
  metric.histogram.sample_count = histogram.total;
  metric.histogram.sample_sum = histogram.sum;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    cumulative += histogram.counts[i];
    const double bound =
        i < histogram.bounds.size() ? histogram.bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({cumulative, bound});
  }
}

}  // namespace cu::serving
