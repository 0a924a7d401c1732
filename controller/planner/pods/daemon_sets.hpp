#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "api/objects.hpp"

/// DaemonSets whose pods a node has to get back. Private to planner/.
namespace cu::planner {

struct ReadyDaemonSets {
  /// "namespace/name", those of kube-system first, then those with node-critical priority.
  std::vector<std::string> names;
  std::size_t unchecked = 0;  ///< how many more there are
};

/// DaemonSets with a Ready pod among `pods`, and those of `before`. Those of kube-system are never
/// left out (up to 150, more than a kubelet runs), of the others there are at most 50: whoever may
/// create DaemonSets could push the network plugin out of the list otherwise.
ReadyDaemonSets FindReadyDaemonSets(const api::ObjectMap<api::Pod>& pods,
                                    const std::vector<std::string>& before);

}  // namespace cu::planner
