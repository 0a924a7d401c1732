#pragma once
#include <string>
#include <vector>

#include "network.hpp"
#include "scenario.hpp"

namespace cu::simulation {

/// One rule broken on purpose, and the promise that the run has to break.
struct Mutant {
  std::string name;
  std::string promise;
  Scenario scenario;
  /// The Tamper has state: one for each run.
  Tamper (*make)(Cluster& cluster) = nullptr;
  void (*misread)(port::Event& event) = nullptr;
};
std::vector<Mutant> AllMutants();
/// The part of AllMutants() with broken drains.
std::vector<Mutant> MutantsOfDrains();
/// The part of AllMutants() with broken taints.
std::vector<Mutant> MutantsOfTaints();
/// The part of AllMutants() with broken reports of tokens.
std::vector<Mutant> MutantsOfTokens();

}  // namespace cu::simulation
