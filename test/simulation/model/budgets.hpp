#pragma once
#include <map>
#include <string>

#include "model/database.hpp"
#include "model/rng.hpp"

namespace cu::simulation {

/// The disruption controller: keeps the status of PodDisruptionBudgets up to date, with a lag.
class Budgets {
 public:
  Budgets(Timeline& timeline, Database& database, Rng rng);
  /// A budget for the pods labelled app=`app`. `field` is minAvailable or maxUnavailable; `value` a
  /// number or a percentage.
  void Add(const std::string& ns,
           const std::string& name,
           const std::string& app,
           const char* field,
           const Json& value);
  /// How long the controller may take to see a change.
  void set_lag(Duration lag) { lag_ = lag; }

 private:
  void ReconcileAfter(const std::string& key, Duration delay);
  void Reconcile(const std::string& key);

  Timeline& timeline_;
  Database& database_;
  Rng rng_;
  Duration lag_ = std::chrono::seconds{1};
  std::map<std::string, bool> scheduled_;  ///< by key: a Reconcile is on its way
};

}  // namespace cu::simulation
