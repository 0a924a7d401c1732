#pragma once
#include <string>

#include "planner/tokens/token_watch.hpp"

namespace cu::planner {

struct TokenCondition {
  api::ConditionStatus status = api::ConditionStatus::kUnknown;
  api::TokenReason reason = api::TokenReason::kKeysUnknown;
  std::string message;
};
/// TokensFresh. Pre: work.status is set.
TokenCondition MakeTokenCondition(const TokenWork& work);

}  // namespace cu::planner
