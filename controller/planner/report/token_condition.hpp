#pragma once
#include <optional>
#include <string>

#include "planner/target/hold.hpp"
#include "planner/tokens/token_work.hpp"

namespace cu::planner {

struct TokenCondition {
  api::ConditionStatus status = api::ConditionStatus::kUnknown;
  api::TokenReason reason = api::TokenReason::kKeysUnknown;
  std::string message;
};
/// TokensFresh. Pre: work.status is set.
TokenCondition MakeTokenCondition(const TokenWork& work);

/// With mode Auto an upgrade is done when nobody holds old credentials: what holds it, or none.
std::optional<Hold> HoldOfTokens(const TokenWork& work);

}  // namespace cu::planner
