#pragma once
#include <optional>

#include "core/actions/handling.hpp"

namespace cu::core {

/// kUnjudged: an admission webhook cannot be asked by a dry run. None: as every other answer.
std::optional<planner::Outcome> JudgeDryRun(const Answer& answer);

}  // namespace cu::core
