#pragma once
#include "planner/gates/waiting.hpp"
#include "planner/model/planning.hpp"

/// Status for people and tools. Private to planner/.
namespace cu::planner {

/// nodes, progress, currentHop, hops.
void Count(Planning& planning);

/// Ready, Reconciling and Stalled with kstatus meaning
/// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md), and the
/// others. Pre: Count was called.
void SetConditions(Planning& planning, const Waiting& waiting);

/// Conditions of an object that is not the oldest and so touches nothing.
void SetConditionsOfBystander(Planning& planning, const std::string& oldest);

}  // namespace cu::planner
