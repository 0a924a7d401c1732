#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "network.hpp"

namespace cu::simulation {

/// Gets the name of the promise that was broken, and how.
using ViolationReporter = std::function<void(const std::string& promise, const std::string& text)>;

/// P6, P9 and P16: which pods may leave a node and when, and which nodes must not be started.
/// Checked on the cluster's own objects.
class DrainPromises : public Observer {
 public:
  DrainPromises(Cluster& cluster, std::string upgrade, Duration view_lag, ViolationReporter report);
  void OnBegin(const Call& call) override;
  /// Accepted evictions in a row, the most for one controller, node and drain: those of the pods
  /// that were there at first count as one.
  int most_evictions() const { return most_evictions_; }
  /// What would make the drain of this node impossible or unwanted, or "".
  std::string Obstacle(const Json& upgrade, const Json& node) const;

 private:
  void OnChange(const Change& change);
  void OnStatus(const Json& before, const Json& after);
  void CheckEviction(const Call& call);
  void CheckDeletion(const Call& call, const Json& upgrade, const Json& pod);
  void CheckWait(const Json& upgrade, const Json& pod);
  void CheckComeback(const Json& pod);
  void OnEvicted(const Json& pod);
  void CheckSaved(const Json& upgrade, const Json& pod);
  void CheckStart(const Json& upgrade, const Json& entry);
  std::string ObstacleOf(const Json& upgrade, const Json& pod) const;
  bool Leaves(const Json& upgrade, const Json& pod) const;
  bool NeedsDrain(const Json& upgrade, const Json& node) const;
  /// Whether it happened long enough ago to be in every view.
  bool Known(const std::map<std::string, base::SteadyTime>& since, const std::string& what) const;
  Json Upgrade() const { return cluster_.Upgrade(upgrade_); }

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  base::SteadyTime created_;
  base::SteadyTime spec_since_;
  std::map<std::string, base::SteadyTime> in_progress_since_;  ///< by node UID
  std::map<std::string, base::SteadyTime> bound_since_;        ///< by pod UID
  std::map<std::string, base::SteadyTime> created_since_;      ///< by pod UID
  std::map<std::string, base::SteadyTime> budget_since_;       ///< spec, by key
  struct DrainOf {
    base::SteadyTime first_eviction;
    /// Pods that were created later and evicted all the same, by UID of their owner.
    std::map<std::string, std::set<std::string>> later;
    /// By UID of their owner: accepted evictions in a row.
    std::map<std::string, int> accepted;
  };
  std::map<std::string, DrainOf> drains_;  ///< by node UID
  /// How often a timeout postponed it, by node UID, version, generation, value of retry.
  std::map<std::tuple<std::string, std::string, std::int64_t, std::string>, int> skipped_;
  bool anything_started_ = false;
  int most_evictions_ = 0;
};

}  // namespace cu::simulation
