#include "planner/gates/tokens.hpp"

#include "planner/tokens/looks.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {

GateResult AskTokens(const Planning& planning, GateMemory&) {
  const auto& tokens = planning.status().token_refresh;
  if (!tokens || planning.spec().token_refresh.mode != api::TokenRefreshMode::kAuto) {
    return {};
  }
  if (!tokens->in_progress.empty()) {
    return {Hold::Passing(api::HoldReason::kRefreshingTokens,
                          "pods with old credentials are being replaced: " +
                              LineOf(tokens->in_progress.front().workload))};
  }
  const bool hard = tokens->change && !tokens->change->completed &&
                    tokens->change->urgency == api::TokenUrgency::kHard;
  switch (tokens->phase) {
    case api::TokenPhase::kNodesFirst:
    case api::TokenPhase::kProving:
    case api::TokenPhase::kRefreshing:
      break;
    case api::TokenPhase::kFailed:
      return hard ? GateResult{Hold::NeedsPerson(api::HoldReason::kRefreshFailed,
                                                 DescribeFailedRefresh(*tokens))}
                  : GateResult{};
    case api::TokenPhase::kUnknown:
    case api::TokenPhase::kCurrent:
    case api::TokenPhase::kSettling:
    case api::TokenPhase::kStale:
    case api::TokenPhase::kBlocked:
      return {};
  }
  if (!hard) {
    return {};
  }
  return {Hold::Passing(api::HoldReason::kRefreshingTokens,
                        "old tokens are refused: pods that hold them are replaced before the next "
                        "node")};
}

}  // namespace cu::planner
