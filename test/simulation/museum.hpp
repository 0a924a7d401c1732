#pragma once
#include <functional>
#include <string>
#include <vector>

#include "run.hpp"
#include "scenario.hpp"

namespace cu::simulation {

/// A bug that users of other tools met, staged so that it would show here.
struct Exhibit {
  std::string name;  ///< what went wrong, and where
  Scenario scenario;
  std::function<void(Run&)> stage;  ///< may be empty
  std::string end;                  ///< how RunResult::end has to begin
  /// What else is wrong in the end, or "".
  std::function<std::string(Run&, const RunResult&)> check;
};
std::vector<Exhibit> Museum();

}  // namespace cu::simulation
