#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "promises_drain.hpp"

namespace cu::simulation {

/// P23: the taint clusterupgrade.io/outdated is on nodes that are still to be upgraded, and goes
/// when they are worked on, when the upgrade ends, is deleted or paused for long. Taints of others
/// are never changed.
class TaintPromises : public Observer {
 public:
  TaintPromises(Cluster& cluster, std::string upgrade, Duration view_lag, ViolationReporter report);
  /// At the end of the run.
  void CheckEnd();

 private:
  void OnChange(const Change& change);
  void OnNode(const Change& change);
  void CheckOthersTaints(const Change& change);
  void CheckNewTaint(const Change& change);
  void CheckLeftTaints();
  bool IsOurs(const Json& taint) const;
  bool IsTainted(const Json& node) const;
  /// Why the node has to be without our taint, or "".
  std::string WhyNot(const Json& node) const;
  Json Upgrade() const { return cluster_.Upgrade(upgrade_); }

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  std::set<std::string> uids_;  ///< of every upgrade there was
  std::optional<base::SteadyTime> paused_since_;
  base::SteadyTime edited_;                              ///< the upgrade, by a user
  std::map<std::string, base::SteadyTime> wrong_since_;  ///< by node
  std::map<std::string, base::SteadyTime> changed_;      ///< a node's labels or version, by node
};

}  // namespace cu::simulation
