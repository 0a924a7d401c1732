#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

/// What the controller shows of itself: plain values, made by the core at most once a second and
/// read by other threads. Names of metrics are the business of serving/.
namespace cu::core {

/// Cumulative-free counts per bucket; `counts` has one more entry than `bounds` (the overflow).
struct Histogram {
  explicit Histogram(std::vector<double> bucket_bounds)
      : bounds(std::move(bucket_bounds)), counts(bounds.size() + 1) {}
  void Observe(double seconds) {
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket]) {
      ++bucket;
    }
    ++counts[bucket];
    sum += seconds;
    ++total;
  }
  std::vector<double> bounds;  ///< upper bounds in seconds, ascending
  std::vector<std::uint64_t> counts;
  double sum = 0;
  std::uint64_t total = 0;
};

struct PoolState {
  std::string pool;   ///< "control-plane" for control-plane nodes
  std::string state;  ///< upgraded, upgrading, failed, pending, postponed, skipped
  auto operator<=>(const PoolState&) const = default;
};

struct UpgradeView {
  std::string name;
  std::string version;
  bool paused = false;
  double progress = 0;  ///< 0..1
  std::map<PoolState, int> nodes;
  std::map<std::string, std::string> conditions;  ///< type -> True, False, Unknown
  std::optional<base::WallTime> last_success;
};

struct RequestKey {
  std::string method;  ///< GET, POST, ...
  std::string code;    ///< "200", ...; "<error>" where no answer came
  auto operator<=>(const RequestKey&) const = default;
};

struct BlockedDrain {
  std::string node;
  std::string reason;
  auto operator<=>(const BlockedDrain&) const = default;
};

/// Counters only grow during one process life.
struct View {
  base::SteadyTime made_at;
  bool leader = false;
  bool synced = false;  ///< every standing reflector has listed once
  std::vector<UpgradeView> upgrades;
  std::map<std::string, Histogram> step_seconds;       ///< by node step
  std::map<std::string, std::uint64_t> node_failures;  ///< by reason
  std::map<std::string, std::uint64_t> evictions;      ///< by HTTP code
  std::vector<BlockedDrain> blocked;                   ///< only while blocked
  std::map<std::string, double> staleness_seconds;     ///< by resource, at `made_at`
  std::map<RequestKey, std::uint64_t> requests;
  std::map<std::string, Histogram> request_seconds;  ///< by method; watches not counted
};

}  // namespace cu::core
