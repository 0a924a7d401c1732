#pragma once
#include <array>

#include "api/reason_row.hpp"

/// Reasons of condition TokensFresh, as reasons.hpp has all others.
namespace cu::api {

enum class TokenReason {
  kNoChangeSeen,
  kFresh,
  kFreshButSkipped,
  kSettling,
  kProving,
  kStale,
  kServersDisagree,
  kKeysUnknown
};
inline constexpr auto kTokenReasons = std::to_array<ReasonRow<TokenReason>>({
    {TokenReason::kNoChangeSeen, "NoChangeSeen", "keys and authorities have not changed"},
    {TokenReason::kFresh, "Fresh", "every pod in scope was created after the change"},
    {TokenReason::kFreshButSkipped,
     "FreshButSkipped",
     "the same, but for pods of namespaces that are out of scope"},
    {TokenReason::kSettling, "Settling", "not every API server is known to have changed"},
    {TokenReason::kProving, "Proving", "all pods are being looked at"},
    {TokenReason::kStale, "Stale", "pods hold credentials from before the change"},
    {TokenReason::kServersDisagree, "ServersDisagree", "old and new key sign in turn"},
    {TokenReason::kKeysUnknown, "KeysUnknown", "the controller has no token that names its key"},
});
static_assert(IsComplete(kTokenReasons, TokenReason::kKeysUnknown));

}  // namespace cu::api
