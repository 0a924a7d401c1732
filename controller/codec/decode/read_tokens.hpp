#pragma once
#include <string>

#include "api/cluster_keys.hpp"
#include "base/result.hpp"

namespace cu::codec {

/// `header` and `claims` of a service-account token (port::TokenRead). Without a kid, an issuer or
/// one of the times it says nothing.
/// Errors: kMalformed
base::Result<api::TokenClaims> DecodeTokenClaims(const std::string& header,
                                                 const std::string& claims);

/// Body of GET /openid/v1/jwks: a JWK Set (RFC 7517).
/// Errors: kMalformed
base::Result<api::KeySet> DecodeKeySet(const std::string& json);

}  // namespace cu::codec
