#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "network.hpp"

namespace cu::simulation {

/// Names the promise that was broken, and how.
using Accuse = std::function<void(const std::string& promise, const std::string& text)>;

/// What may leave a node, when, and what must not even be begun: P6, P9 and P16, judged from the
/// cluster's own objects.
class DrainPromises : public Observer {
 public:
  DrainPromises(Cluster& cluster, std::string upgrade, Duration view_lag, Accuse accuse);
  void OnBegin(const Call& call) override;
  /// What would make the drain of this node impossible or unwanted, or "".
  std::string Obstacle(const Json& upgrade, const Json& node) const;

 private:
  void OnChange(const Change& change);
  void OnStatus(const Json& before, const Json& after);
  void CheckEviction(const Call& call);
  void CheckDeletion(const Call& call, const Json& upgrade, const Json& pod);
  void CheckWait(const Json& upgrade, const Json& pod);
  void CheckSaved(const Json& upgrade, const Json& pod);
  void CheckStart(const Json& upgrade, const Json& entry);
  std::string ObstacleOf(const Json& upgrade, const Json& pod) const;
  bool Leaves(const Json& upgrade, const Json& pod) const;
  bool NeedsDrain(const Json& upgrade, const Json& node) const;
  /// Long enough ago for every view to show it.
  bool Known(const std::map<std::string, base::SteadyTime>& since, const std::string& what) const;
  Json Upgrade() const;

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  Accuse accuse_;
  base::SteadyTime created_;
  base::SteadyTime spec_since_;
  std::map<std::string, base::SteadyTime> in_work_since_;  ///< by node UID
  std::map<std::string, base::SteadyTime> bound_since_;    ///< by pod UID
  std::map<std::string, base::SteadyTime> budget_since_;   ///< spec, by key
  /// Times out by node UID, version, generation, value of retry.
  std::map<std::tuple<std::string, std::string, std::int64_t, std::string>, int> skipped_;
  bool anything_started_ = false;
};

}  // namespace cu::simulation
