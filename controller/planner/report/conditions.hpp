#pragma once
#include <string>
#include <vector>

#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"

/// Status for people and tools. Private to planner/.
namespace cu::planner {

/// Ready, Reconciling and Stalled with kstatus meaning
/// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md), and the
/// others, of what holds the start of nodes: the first of `holds` counts. Pre: Count was called.
void SetConditions(Planning& planning, const std::vector<Hold>& holds);

/// Conditions of an object that is not the oldest and so touches nothing.
void SetConditionsOfBystander(Planning& planning, const std::string& oldest);

}  // namespace cu::planner
