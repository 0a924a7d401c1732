#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {

/// A workload whose pods are refreshed, as it is now. Pointers live as long as the world.
struct WorkloadView {
  bool known = false;                  ///< its pods, and what asks for them, are up to date
  bool denied = false;                 ///< what asks for them may not be read
  bool gone = false;                   ///< what asked for them is not there any more
  std::vector<const api::Pod*> live;   ///< pods that have neither ended nor are being deleted
  std::vector<const api::Pod*> stale;  ///< of them, those with old credentials
  int ready = 0;                       ///< of `live`, without those whose eviction was accepted
  std::optional<int> asked;            ///< how many pods; none where nobody says
  /// What asks for them; null where there is none, or it cannot be read.
  const api::WorkloadObject* object = nullptr;
  std::string wish;  ///< annotation clusterupgrade.io/refresh, or ""
};

/// Made once per plan.
class WorkloadViews {
 public:
  WorkloadViews(const Planning& planning, const api::TokenChange& change)
      : planning_(planning), judge_(planning.world(), change) {}

  /// Wants its pods watched, and what asks for them.
  WorkloadView Of(const api::Workload& workload, Contribution& add);
  bool InScope(const api::Workload& workload) const { return judge_.InScope(workload.ns); }

 private:
  using Pods = std::map<api::Workload, std::vector<const api::Pod*>>;

  /// Null while they are not known.
  const Pods* Selected(const std::string& name);

  const Planning& planning_;
  StalePods judge_;
  std::map<std::string, Pods> selected_;  ///< by name of their watch
};

}  // namespace cu::planner
