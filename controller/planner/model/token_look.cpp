#include "planner/model/token_look.hpp"

namespace cu::planner {

std::string TokenQuestion(const api::ClusterUpgrade& upgrade) {
  const auto& status = upgrade.status.token_refresh;
  if (upgrade.spec.token_refresh.mode == api::TokenRefreshMode::kDisabled || !status ||
      !status->change || status->change->completed) {
    return "";
  }
  const api::TokenChange& change = *status->change;
  if (!change.since && !change.authority_since) {
    return "";
  }
  const auto text = [](const std::optional<base::WallTime>& time) {
    return time ? base::FormatTime(*time) : "-";
  };
  return upgrade.meta.uid + " " + upgrade.spec.fingerprint + " " + text(change.since) + " " +
         text(change.authority_since) + " " + std::to_string(status->round);
}

}  // namespace cu::planner
