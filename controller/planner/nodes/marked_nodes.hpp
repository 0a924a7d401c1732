#pragma once
#include <string>
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"

/// Nodes that are not in work and yet carry something of ours. Private to planner/.
namespace cu::planner {

/// Entries of nodes to be taken into work, and what has to be watched to decide on others.
struct TakenUp {
  std::vector<api::NodeInWork> entries;
  Contribution add;
};

/// Done after all: its failure or postponement is over.
Asked<bool> IsHealed(const Planning& planning, const std::string& node);

/// Healed nodes that still show hints: a person has removed our cordon by hand, but not these.
std::vector<std::string> HealedWithHints(const Planning& planning);
/// Takes these into work for their release. Pre: their failures are forgotten.
TakenUp ReleaseHealed(const Planning& planning, const std::vector<std::string>& nodes);

/// Failed nodes that a person repaired, and cordons of ours that are no longer needed: on nodes
/// that are not in work, and on failed ones that a person uncordoned.
TakenUp PickUpMarkedNodes(const Planning& planning);

}  // namespace cu::planner
