#pragma once
#include <functional>

#include "base/time.hpp"
#include "serving/http_server.hpp"
#include "serving/metrics.hpp"
#include "serving/snapshot.hpp"

namespace cu::serving {

/// /healthz and /livez: 200 while the loop turns, else 500. /readyz: 200 once every cache was
/// filled and until the process is to stop, else 503; standbys are ready. `?verbose` names each
/// check. `snapshot` and what `loop_alive` uses outlive the pages.
HttpServer::Pages HealthPages(const Snapshot& snapshot, const std::function<bool()>& loop_alive);

/// /metrics, made at most once a second by `clock`, so that many readers cost no more than one.
/// `metrics` outlives the pages.
HttpServer::Pages MetricsPages(const Metrics& metrics, std::function<base::SteadyTime()> clock);

}  // namespace cu::serving
