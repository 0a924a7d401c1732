#include "planner/tokens/key_change.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace cu::planner {
namespace {

using api::TokenChange;
using api::TokenChangeReason;

constexpr std::size_t kOldSignersMax = 5;
constexpr std::chrono::hours kTakenBack{1};

bool IsOpen(const api::TokenRefreshStatus& status) {
  return status.change && !status.change->completed;
}

/// The one that is open, or a new one.
TokenChange& ChangeOf(api::TokenRefreshStatus& status, TokenChangeReason reason) {
  if (!IsOpen(status)) {
    status.change = TokenChange{};
    status.droppable.clear();
    status.replaced = 0;
    status.failures.clear();
  }
  TokenChange& change = *status.change;
  if (!HasReason(change, reason)) {
    change.reasons.push_back(reason);
    std::sort(change.reasons.begin(), change.reasons.end());
  }
  return change;
}

bool IsOfKeys(const api::TokenClaims& token, const api::TokenKeys& keys) {
  return token.signer == keys.signer && token.issuer == keys.issuer;
}

const api::TokenClaims* NewestToken(const World& world) {
  return world.own_tokens == nullptr ? nullptr : world.own_tokens->newest();
}

/// When the newest token of the present kind was issued.
base::WallTime NewestOfKeys(const World& world, const api::TokenKeys& keys) {
  base::WallTime newest = keys.since.value_or(base::WallTime{});
  for (const api::TokenClaims& token : world.own_tokens->seen) {
    if (IsOfKeys(token, keys)) {
      newest = std::max(newest, token.issued);
    }
  }
  return newest;
}

/// Another replica's token may be older than what is known already.
void NoteToken(const World& world, base::WallTime now, api::TokenRefreshStatus& status) {
  const api::TokenClaims* token = NewestToken(world);
  api::TokenKeys& keys = status.keys;
  if (token == nullptr || (keys.since && token->issued <= *keys.since)) {
    return;
  }
  if (keys.signer.empty()) {
    keys.signer = token->signer;
    keys.issuer = token->issuer;
    keys.since = token->issued;
    return;
  }
  const bool back = ServersDisagree(world, status);
  if (IsOfKeys(*token, keys) || (back && token->issued - NewestOfKeys(world, keys) < kTakenBack)) {
    return;
  }
  if (token->issuer != keys.issuer) {
    ChangeOf(status, TokenChangeReason::kIssuer).seen = now;
  }
  if (token->signer != keys.signer) {
    TokenChange& change = ChangeOf(status, TokenChangeReason::kSigningKey);
    change.seen = now;
    std::erase(change.old_signers, token->signer);
    change.old_signers.push_back(keys.signer);
    if (change.old_signers.size() > kOldSignersMax) {
      change.old_signers.erase(change.old_signers.begin());
    }
  }
  // What was settled before is settled no more.
  status.change->since.reset();
  status.change->settled_by = api::SettledBy::kNone;
  keys.signer = token->signer;
  keys.issuer = token->issuer;
  keys.since = token->issued;
}

/// One that went is no news: everything trusts the others.
void NoteAuthorities(const World& world, base::WallTime now, api::TokenRefreshStatus& status) {
  if (!world.authority.current || world.authority.items->empty()) {
    return;
  }
  const std::vector<std::string>& found = world.authority.items->begin()->second.fingerprints;
  std::vector<std::string>& known = status.keys.authorities;
  if (found.empty() || found == known) {
    return;
  }
  const bool more = std::any_of(found.begin(), found.end(), [&](const std::string& authority) {
    return !base::Contains(known, authority);
  });
  if (more && !known.empty()) {
    TokenChange& change = ChangeOf(status, TokenChangeReason::kCertificateAuthority);
    change.seen = now;
    change.authority_since.reset();
  }
  known = found;
}

/// spec.tokenRefresh.startedBefore, once that time has come.
void NoteRequest(const World& world, base::WallTime now, api::TokenRefreshStatus& status) {
  const auto& wanted = world.upgrade->spec.token_refresh.started_before;
  if (!wanted || *wanted > now ||
      (status.change && status.change->since && *status.change->since >= *wanted)) {
    return;
  }
  TokenChange& change = ChangeOf(status, TokenChangeReason::kRequested);
  if (change.seen == base::WallTime{}) {
    change.seen = now;
  }
  if (!HasToSettle(change)) {
    change.settled_by = api::SettledBy::kRequested;
    change.since = *wanted;
  } else if (change.since) {
    change.since = *wanted;
  }
  if (!HasReason(change, TokenChangeReason::kCertificateAuthority) || change.authority_since) {
    change.authority_since = std::max(change.authority_since, wanted);
  }
}

/// Of a key the set of accepted ones tells. Else only that a token of ours was refused.
bool IsHard(const World& world, const api::TokenRefreshStatus& status) {
  const TokenChange& change = *status.change;
  const bool keys_known = world.key_set != nullptr && world.key_set->unknown.empty();
  const bool of_issuer = HasReason(change, TokenChangeReason::kIssuer);
  const bool refused = world.own_tokens != nullptr && world.own_tokens->refused &&
                       !IsOfKeys(*world.own_tokens->refused, status.keys);
  if (keys_known && !of_issuer) {
    return std::any_of(change.old_signers.begin(), change.old_signers.end(), [&](const auto& old) {
      return !base::Contains(world.key_set->signers, old);
    });
  }
  return refused && HasToSettle(change);
}

}  // namespace

bool HasReason(const TokenChange& change, TokenChangeReason reason) {
  return std::find(change.reasons.begin(), change.reasons.end(), reason) != change.reasons.end();
}

bool IsNewChange(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after) {
  const auto told = [](const api::ClusterUpgradeStatus& status) {
    const bool any = status.token_refresh && status.token_refresh->change;
    return any ? std::optional(std::pair(status.token_refresh->change->seen,
                                         status.token_refresh->change->urgency))
               : std::nullopt;
  };
  return told(after) && told(before) != told(after);
}

bool HasToSettle(const TokenChange& change) {
  return HasReason(change, TokenChangeReason::kSigningKey) ||
         HasReason(change, TokenChangeReason::kIssuer);
}

bool ServersDisagree(const World& world, const api::TokenRefreshStatus& status) {
  const api::TokenClaims* token = NewestToken(world);
  if (token == nullptr || !IsOpen(status) || !HasToSettle(*status.change) ||
      IsOfKeys(*token, status.keys) || token->issued <= status.keys.since) {
    return false;
  }
  // With another issuer the old one is not written down: whatever is not the new one was before.
  return base::Contains(status.change->old_signers, token->signer) ||
         token->signer == status.keys.signer;
}

std::optional<base::WallTime> LastOldToken(const World& world,
                                           const api::TokenRefreshStatus& status) {
  std::optional<base::WallTime> last;
  if (world.own_tokens == nullptr) {
    return last;
  }
  for (const api::TokenClaims& token : world.own_tokens->seen) {
    if (!IsOfKeys(token, status.keys)) {
      last = std::max(last, std::optional(token.issued));
    }
  }
  return last;
}

std::optional<base::WallTime> LastNewToken(const World& world,
                                           const api::TokenRefreshStatus& status) {
  std::optional<base::WallTime> last;
  if (world.own_tokens != nullptr) {
    for (const api::TokenClaims& token : world.own_tokens->seen) {
      if (IsOfKeys(token, status.keys)) {
        last = std::max(last, std::optional(token.issued));
      }
    }
  }
  return last;
}

void NoteKeys(const World& world, base::WallTime now, api::TokenRefreshStatus& status) {
  NoteToken(world, now, status);
  NoteAuthorities(world, now, status);
  NoteRequest(world, now, status);
  if (world.key_set != nullptr && world.key_set->unknown.empty()) {
    status.keys.verifying = world.key_set->signers;
  }
  if (IsOpen(status) && IsHard(world, status)) {
    status.change->urgency = api::TokenUrgency::kHard;
  }
}

}  // namespace cu::planner
