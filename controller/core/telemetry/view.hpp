#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/histogram.hpp"
#include "base/time.hpp"
#include "kube/call_stats.hpp"

/// What the controller shows of itself: plain values, made by the core at most once a second and
/// read by other threads. Names of metrics are the business of serving/.
namespace cu::core {

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
  std::map<std::string, int> token_pods;  ///< by state: stale, current, skipped; once looked at
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
  base::SteadyTime leads_until = base::SteadyTime::max();  ///< of a leader, if not renewed
  bool synced = false;  ///< every standing reflector has listed once
  /// What is said of the objects is said by the leader alone, so that no sum over the replicas
  /// counts twice: on a standby `upgrades` and `blocked` are empty.
  std::vector<UpgradeView> upgrades;
  std::map<std::string, base::Histogram> step_seconds;   ///< by node step
  std::map<std::string, std::uint64_t> node_failures;    ///< by reason
  std::map<std::string, std::uint64_t> evictions;        ///< by HTTP code
  std::map<std::string, std::uint64_t> status_refusals;  ///< by HTTP code
  std::map<std::string, std::uint64_t> key_changes;      ///< by urgency
  std::map<std::string, std::uint64_t> refreshed;        ///< workloads, by result
  double unauthorized_seconds = 0;                       ///< since when our token is refused
  std::vector<BlockedDrain> blocked;                     ///< only while blocked
  std::map<std::string, double> staleness_seconds;       ///< by resource, at `made_at`
  kube::CallStats calls;
};

}  // namespace cu::core
