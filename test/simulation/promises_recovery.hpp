#pragma once
#include <map>
#include <optional>
#include <string>

#include "model/cluster.hpp"
#include "promises_drain.hpp"

namespace cu::simulation {

/// P18: no application that has Ready pods on two nodes or more is left without one by evictions
/// of controllers, until those of before have been replaced or spec.drain.recoveryTimeoutSeconds
/// is over. Checked on the cluster's own objects, once controllers have seen them.
class RecoveryPromises {
 public:
  RecoveryPromises(Cluster& cluster,
                   std::string upgrade,
                   Duration view_lag,
                   ViolationReporter report);

 private:
  struct Application {
    std::map<std::string, std::string> ready;  ///< pods that are Ready and stay: node by UID
    bool spread = false;                       ///< on two nodes or more, before we evicted
    /// Since when pods are missing that we evicted, and how many were Ready before.
    std::optional<base::SteadyTime> missing_since;
    std::size_t whole = 0;
    base::SteadyTime gained;  ///< a pod became Ready last
  };
  void OnChange(const Change& change);
  void OnGain(Application& application);
  void OnEvicted(const Json& pod, Application& application);
  void OnOtherLoss(Application& application);
  static bool IsSpread(const Application& application);

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  std::map<std::string, Application> applications_;  ///< by UID
};

}  // namespace cu::simulation
