#pragma once
#include <string>
#include <vector>

#include "network.hpp"
#include "scenario.hpp"

namespace cu::simulation {

/// One deliberately broken rule, and the promise that has to notice.
struct Mutant {
  std::string name;
  std::string promise;
  Scenario scenario;
  /// Stateful: one for each run.
  Tamper (*make)(Cluster& cluster);
};
std::vector<Mutant> AllMutants();
/// Those of them that drain wrongly.
std::vector<Mutant> MutantsOfDrains();

}  // namespace cu::simulation
