#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/histogram.hpp"
#include "base/log.hpp"
#include "base/time.hpp"

namespace cu::core {

/// What durable statuses tell over time: counters for the view, lines for the log. Fed with each
/// status that this term has written or read back, so a standby counts nothing.
class Progress {
 public:
  Progress();

  /// `before` was durable when `after` replaced it; gives what is worth a log line.
  std::vector<base::LogRecord> Committed(const std::string& upgrade,
                                         const api::ClusterUpgradeStatus& before,
                                         const api::ClusterUpgradeStatus& after,
                                         base::WallTime now);

  const std::map<std::string, base::Histogram>& step_seconds() const { return step_seconds_; }
  const std::map<std::string, std::uint64_t>& node_failures() const { return node_failures_; }
  /// Changes of keys, issuer or authorities, by urgency.
  const std::map<std::string, std::uint64_t>& key_changes() const { return key_changes_; }
  /// Workloads whose pods were replaced, or that failed, by result.
  const std::map<std::string, std::uint64_t>& refreshed() const { return refreshed_; }

 private:
  void Steps(const api::ClusterUpgradeStatus& before,
             const api::ClusterUpgradeStatus& after,
             base::WallTime now);

  std::map<std::string, base::Histogram> step_seconds_;
  std::map<std::string, std::uint64_t> node_failures_;
  std::map<std::string, std::uint64_t> key_changes_;
  std::map<std::string, std::uint64_t> refreshed_{{"failed", 0}, {"replaced", 0}};
};

}  // namespace cu::core
