#include "planner/report/token_condition.hpp"

#include "api/names.hpp"
#include "base/check.hpp"
#include "base/text.hpp"

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

std::string DescribeStale(const api::TokenRefreshStatus& status) {
  const std::vector<std::string>& shown = status.laggards;
  base::NameList laggards(kLaggardsShown);
  for (const std::string& line : shown) {
    laggards.Add([&] { return line; });
  }
  return std::to_string(status.pods.stale) +
         (status.pods.stale == 1 ? " pod holds" : " pods hold") +
         " credentials from before a change of " + DescribeChange(*status.change) + ": " +
         laggards.Text() +
         "; restart them (docs/TOKENS.md says how), all pods are looked at every ten minutes";
}

std::string DescribeFresh(const api::TokenRefreshStatus& status) {
  std::string text = "every pod in scope that holds credentials was created after the change of " +
                     DescribeChange(*status.change);
  if (status.pods.skipped > 0) {
    text += "; " + std::to_string(status.pods.skipped) +
            " older pods are in namespaces that are out of scope";
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
      return {ConditionStatus::kFalse, TokenReason::kStale, DescribeStale(status)};
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

}  // namespace cu::planner
