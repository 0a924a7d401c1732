#pragma once
#include <vector>

#include <prometheus/metric_family.h>

namespace cu::serving {

/// The process_* families that every Prometheus client library has, from /proc/self.
std::vector<prometheus::MetricFamily> ProcessMetrics();

}  // namespace cu::serving
