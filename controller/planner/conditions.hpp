#pragma once
#include "planner/draft.hpp"
#include "planner/waiting.hpp"

/// Status for people and tools. Private to planner/.
namespace cu::planner {

/// nodes, progress, currentHop, hops.
void Count(Draft& draft);

/// Ready, Reconciling and Stalled with kstatus meaning
/// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md), and the
/// others. Pre: Count was called.
void SetConditions(Draft& draft, const Waiting& waiting);

/// Conditions of an object that is not the oldest and so touches nothing.
void SetConditionsOfBystander(Draft& draft, const std::string& oldest);

}  // namespace cu::planner
