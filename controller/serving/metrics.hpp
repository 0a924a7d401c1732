#pragma once
#include <functional>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "base/time.hpp"
#include "serving/snapshot.hpp"

namespace cu::serving {

/// The published state as metric families. Nothing is counted here: every number comes from the
/// core, so that a scrape never sees half a turn.
class Metrics final : public prometheus::Collectable {
 public:
  struct Names {
    std::string api_server;  ///< host:port, the label `host` of the rest_client metrics
    std::string lease;
  };

  /// `snapshot` outlives the metrics. `clock` may be called from any thread.
  Metrics(const Snapshot& snapshot, Names names, std::function<base::SteadyTime()> clock);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Snapshot& snapshot_;
  Names names_;
  std::function<base::SteadyTime()> clock_;
};

/// As Prometheus reads them over HTTP.
std::string ToText(const prometheus::Collectable& metrics);

}  // namespace cu::serving
