#pragma once
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "base/histogram.hpp"
#include "core/telemetry/view.hpp"

namespace cu::serving {

/// One metric family while it is filled.
class Family {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  Family(std::string name, std::string help, prometheus::MetricType type) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
  }
  /// A counter's or a gauge's value.
  void Add(Labels labels, double value);
  void Add(Labels labels, const base::Histogram& histogram);
  prometheus::MetricFamily Take() && { return std::move(family_); }

 private:
  prometheus::MetricFamily family_;
};

}  // namespace cu::serving
