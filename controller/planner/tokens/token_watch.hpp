#pragma once
#include <optional>
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// What is known of the credentials of pods (spec.tokenRefresh, docs/TOKENS.md). Nothing is
/// touched.
struct TokenWork {
  std::optional<api::TokenRefreshStatus> status;  ///< none with mode Disabled
  TokenMemory memory;
  std::string waits_for;  ///< why a change has not settled, or ""
  bool disagree = false;  ///< ServersDisagree
  Contribution add;
};
TokenWork WatchTokens(const Planning& planning, TokenMemory memory);

}  // namespace cu::planner
