#pragma once
#include <string>

#include "process.hpp"

namespace cu::simulation {

/// The reference upgrades, with the controller killed before, during and after every write. At each
/// write the program forks for each timing: the child crashes there and runs on to the end, so that
/// what comes before is computed once. True if no promise was broken.
bool CrashEverywhere(const std::string& program, const Factory& factory);

}  // namespace cu::simulation
