#pragma once
#include "planner/model/world.hpp"

/// How a change of the keys, the issuer or the authorities of a cluster is noticed: docs/TOKENS.md.
namespace cu::planner {

/// What an API server signs with shows in our own tokens alone: /openid/v1/jwks says only what is
/// accepted. The first look is what later ones are compared with.
///
/// `status`: the durable one, or a new one. `now`: whole seconds.
void NoteKeys(const World& world, base::WallTime now, api::TokenRefreshStatus& status);

/// The newest token is by a signer or issuer that was given up: API servers differ, or a change was
/// taken back. After an hour of it that counts as a change.
bool ServersDisagree(const World& world, const api::TokenRefreshStatus& status);

/// When the last token of the old kind was issued, as far as this process has seen one.
std::optional<base::WallTime> LastOldToken(const World& world,
                                           const api::TokenRefreshStatus& status);

/// When the last token of the new kind was issued, as far as this process has seen one.
std::optional<base::WallTime> LastNewToken(const World& world,
                                           const api::TokenRefreshStatus& status);

/// `after` tells of a change, of more of one, or that one has become hard, which `before` does not
/// tell of.
bool IsNewChange(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);

bool HasReason(const api::TokenChange& change, api::TokenChangeReason reason);
/// A new key or a new issuer, which not every API server may use yet.
bool HasToSettle(const api::TokenChange& change);

}  // namespace cu::planner
