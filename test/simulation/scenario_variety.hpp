#pragma once
#include "scenario.hpp"

namespace cu::simulation {

/// What random scenarios have beside their faults: applications, nodes of several versions, wrong
/// clocks; and in every fourth nothing that delays what controllers see.
void AddVariety(Scenario& scenario);

}  // namespace cu::simulation
