#pragma once
#include <string>
#include <vector>

#include "planner/model/planning.hpp"

namespace cu::planner {

/// How far the upgrade is: the fields of the status of the same names. Private to planner/.
struct NodeCounts {
  api::NodeCounts nodes;
  std::string progress;
  std::vector<api::Hop> hops;  ///< none under a halt
  std::string current_hop;
};
NodeCounts CountNodes(const Planning& planning);

}  // namespace cu::planner
