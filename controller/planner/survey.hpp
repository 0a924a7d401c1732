#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/objects.hpp"

namespace cu::planner {

struct World;

/// Something about the drains to come that a person ought to know. `type` is the name that
/// spec.preflight.ignore takes, `object` what it may be narrowed to.
struct Finding {
  std::string type;
  std::string object;  ///< "namespace/name", or the name of a cluster-scoped object
  std::string text;    ///< what it means and what to do
  bool blocks = false;
  auto operator<=>(const Finding&) const = default;
};

/// What a look at all pods has found. Bounded: it does not grow with the cluster.
struct Survey {
  std::vector<Finding> findings;  ///< sorted; at most 100 of each type
  int more = 0;                   ///< findings beyond that
  int pods = 0;                   ///< looked at
  bool volumes_unread = false;    ///< no right to read PersistentVolumes: their affinity is unknown
  bool operator==(const Survey&) const = default;
};

}  // namespace cu::planner
