#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/meta.hpp"

namespace cu::core {

/// The longest time that the API server was away while an object had nodes in work, past the end of
/// a term too.
class Outages {
 public:
  /// Whole seconds count. Gives the names of the objects that it concerns.
  std::vector<std::string> Note(std::chrono::nanoseconds away,
                                const api::ObjectMap<api::ClusterUpgrade>& upgrades);
  /// In seconds; 0 if there was none.
  int LongestOf(const api::ClusterUpgrade& upgrade) const;
  /// Forgets it once the object has no node in work.
  void Tidy(const api::ClusterUpgrade& upgrade);

 private:
  std::map<std::string, int> longest_;  ///< in seconds, by UID of the object
};

}  // namespace cu::core
