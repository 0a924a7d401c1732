#include "planner/report/token_condition.hpp"

#include "api/names.hpp"
#include "base/check.hpp"
#include "base/text.hpp"
#include "planner/tokens/looks.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {
namespace {

using api::ConditionStatus;
using api::TokenChangeReason;
using api::TokenReason;

constexpr std::size_t kLaggardsShown = 3;

/// "the signing key (Hard: old tokens are refused)"
std::string DescribeChange(const api::TokenChange& change) {
  std::vector<std::string> parts;
  bool of_tokens = false;
  for (const TokenChangeReason reason : change.reasons) {
    switch (reason) {
      case TokenChangeReason::kSigningKey:
        parts.emplace_back("the signing key");
        of_tokens = true;
        break;
      case TokenChangeReason::kIssuer:
        parts.emplace_back("the issuer");
        of_tokens = true;
        break;
      case TokenChangeReason::kCertificateAuthority:
        parts.emplace_back("the certificate authority");
        break;
      case TokenChangeReason::kRequested:
        parts.emplace_back("spec.tokenRefresh.startedBefore");
        break;
    }
  }
  std::string text = base::JoinNames(parts, parts.size());
  if (of_tokens) {
    text += change.urgency == api::TokenUrgency::kHard
                ? " (Hard: old tokens are refused)"
                : " (Soft: old tokens are accepted until the old key is dropped)";
  }
  return text;
}

std::string JoinLaggards(const api::TokenRefreshStatus& status) {
  base::NameList laggards(kLaggardsShown);
  for (const std::string& line : status.laggards) {
    laggards.Add([&] { return line; });
  }
  return laggards.Text();
}

/// "4 pods hold credentials from before a change of the signing key (…): shop/web (Deployment): …"
std::string DescribeStale(const api::TokenRefreshStatus& status) {
  return std::to_string(status.pods.stale) +
         (status.pods.stale == 1 ? " pod holds" : " pods hold") +
         " credentials from before a change of " + DescribeChange(*status.change) + ": " +
         JoinLaggards(status);
}

std::string DescribeRefreshing(const api::TokenRefreshStatus& status) {
  base::NameList work(kLaggardsShown);
  for (const api::WorkloadInWork& entry : status.in_progress) {
    work.Add([&] { return LineOf(entry.workload) + ": " + entry.message; });
  }
  return "pods from before a change of " + DescribeChange(*status.change) +
         " are being replaced; " + std::to_string(status.replaced) +
         (status.replaced == 1 ? " workload is done" : " workloads are done") +
         (work.empty() ? "" : "; " + work.Text());
}

std::string DescribeFresh(const api::TokenRefreshStatus& status) {
  std::string text = "every pod in scope that holds credentials was created after the change of " +
                     DescribeChange(*status.change);
  if (status.pods.skipped > 0) {
    text += "; " + std::to_string(status.pods.skipped) +
            (status.pods.skipped == 1 ? " older pod is" : " older pods are") +
            " left out by spec.tokenRefresh or an annotation";
  }
  if (!status.droppable.empty()) {
    text += "; the old key " + base::JoinNames(status.droppable, status.droppable.size()) +
            " may be dropped now, as far as pods are concerned: tokens outside the cluster, and "
            "those that programs ask for themselves, cannot be seen";
  }
  return text;
}

}  // namespace

TokenCondition MakeTokenCondition(const TokenWork& work) {
  CU_CHECK(work.status.has_value());
  const api::TokenRefreshStatus& status = *work.status;
  if (work.disagree) {
    return {
        ConditionStatus::kUnknown,
        TokenReason::kServersDisagree,
        "old and new signing key or issuer are used in turn: restart the API servers that still "
        "have the old configuration"};
  }
  switch (status.phase) {
    case api::TokenPhase::kUnknown:
      return {ConditionStatus::kUnknown,
              TokenReason::kKeysUnknown,
              "the controller has no service-account token that names its signing key: it sees "
              "changes of keys only inside a cluster, as deploy/ installs it"};
    case api::TokenPhase::kSettling:
      return {ConditionStatus::kFalse,
              TokenReason::kSettling,
              "a change of " + DescribeChange(*status.change) + " was seen: " + work.waits_for};
    case api::TokenPhase::kProving:
      return {ConditionStatus::kFalse,
              TokenReason::kProving,
              "all pods are being looked at, after a change of " + DescribeChange(*status.change)};
    case api::TokenPhase::kStale:
      return {
          ConditionStatus::kFalse,
          TokenReason::kStale,
          DescribeStale(status) +
              (work.replaces ? "; nothing is replaced while the upgrade is paused or halted"
                             : "; restart them (docs/TOKENS.md says how), all pods are looked at "
                               "every ten minutes")};
    case api::TokenPhase::kNodesFirst:
      return {ConditionStatus::kFalse,
              TokenReason::kNodesFirst,
              "after a change of " + DescribeChange(*status.change) +
                  ", nodes go first: pods that a drain moves are fresh"};
    case api::TokenPhase::kRefreshing:
      return {ConditionStatus::kFalse, TokenReason::kRefreshing, DescribeRefreshing(status)};
    case api::TokenPhase::kBlocked:
      return {ConditionStatus::kFalse,
              TokenReason::kBlocked,
              DescribeStale(status) + "; tried again every five minutes"};
    case api::TokenPhase::kFailed:
      return {ConditionStatus::kFalse, TokenReason::kFailed, DescribeFailedRefresh(status)};
    case api::TokenPhase::kCurrent:
      break;
  }
  if (!status.change) {
    const std::string since = status.keys.since ? base::FormatTime(*status.keys.since) : "";
    return {ConditionStatus::kTrue,
            TokenReason::kNoChangeSeen,
            "signing key, issuer and authorities are what they were at " + since};
  }
  return {ConditionStatus::kTrue,
          status.pods.skipped > 0 ? TokenReason::kFreshButSkipped : TokenReason::kFresh,
          DescribeFresh(status)};
}

std::optional<Hold> HoldOfTokens(const TokenWork& work) {
  if (!work.replaces || !work.status->change || work.status->change->completed) {
    return std::nullopt;
  }
  switch (work.status->phase) {
    case api::TokenPhase::kUnknown:
    case api::TokenPhase::kCurrent:
      return std::nullopt;
    case api::TokenPhase::kFailed:
      return Hold::NeedsPerson(api::HoldReason::kRefreshFailed, MakeTokenCondition(work).message);
    case api::TokenPhase::kBlocked:
      return Hold::Passing(api::HoldReason::kTokensBlocked, MakeTokenCondition(work).message);
    case api::TokenPhase::kSettling:
    case api::TokenPhase::kNodesFirst:
    case api::TokenPhase::kProving:
    case api::TokenPhase::kRefreshing:
    case api::TokenPhase::kStale:
      break;
  }
  return Hold::Passing(api::HoldReason::kRefreshingTokens, MakeTokenCondition(work).message);
}

}  // namespace cu::planner
