#pragma once
#include <optional>
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// One plan's work on the credentials of pods (spec.tokenRefresh, docs/TOKENS.md).
struct TokenWork {
  std::optional<api::TokenRefreshStatus> status;  ///< none with mode Disabled
  TokenMemory memory;
  RefreshMemory refresh;
  bool replaces = false;  ///< mode Auto
  std::string waits_for;  ///< why a change has not settled, or ""
  bool disagree = false;  ///< ServersDisagree
  Contribution add;
};

}  // namespace cu::planner
