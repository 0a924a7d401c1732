#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/meta.hpp"
#include "planner/model/world.hpp"

namespace cu::core {

/// How long the API server was away while an object had nodes in work, past the end of a term too.
class Outages {
 public:
  /// Whole seconds count. Gives the names of the objects that it concerns.
  std::vector<std::string> Note(std::chrono::nanoseconds away,
                                const api::ObjectMap<api::ClusterUpgrade>& upgrades);
  planner::ApiOutages Of(const api::ClusterUpgrade& upgrade) const;
  /// Forgets them once the object has no node in work.
  void Tidy(const api::ClusterUpgrade& upgrade);

 private:
  std::map<std::string, planner::ApiOutages> by_uid_;  ///< of the object
};

}  // namespace cu::core
