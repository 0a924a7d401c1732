#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "core/watches.hpp"
#include "kube/store.hpp"
#include "planner/target/scope.hpp"

namespace cu::core {

/// The scope of each object, kept up to date: made anew when the spec has changed or nodes have
/// come or gone, refreshed for the nodes that have changed otherwise. What plans, surveys and views
/// share.
class Scopes {
 public:
  /// Valid until the next change of what is watched, or of the object.
  const planner::Scope& Of(const api::ClusterUpgrade& upgrade,
                           const Watches& watches,
                           const std::string& own_node);

  /// Forgets those of objects that are gone.
  void Tidy(const kube::Store<api::ClusterUpgrade>& upgrades);

 private:
  struct Made {
    std::string uid;
    std::string fingerprint;
    std::uint64_t node_changes = 0;
    planner::Components components;
    planner::Scope scope;
  };
  std::map<std::string, Made> made_;  ///< by name of the object
};

}  // namespace cu::core
