#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/meta.hpp"
#include "base/time.hpp"

/// What is known of the keys and authorities of a cluster: public data, never a token.
namespace cu::api {

/// What a service-account token says of itself.
struct TokenClaims {
  std::string signer;  ///< SignerName of the kid in its header
  std::string issuer;
  base::WallTime issued;
  base::WallTime expires;
  /// When kubelets write a new one at the latest: kubernetes/kubernetes pkg/kubelet/token/
  /// token_manager.go (at 80 % of its life or after 24 h, looked at with each sync of the pod).
  base::WallTime renewed_by;
  bool operator==(const TokenClaims&) const = default;
};

/// The kid of a key as it is written in the status: a long one as its SHA-256, in 64 digits.
std::string SignerName(const std::string& kid);

/// The tokens of this process.
struct OwnTokens {
  /// The newest of each signer and issuer, in the order of their issue; at most 10.
  std::vector<TokenClaims> seen;
  std::optional<TokenClaims> refused;  ///< the last that was refused, and again once it was reread
  const TokenClaims* newest() const { return seen.empty() ? nullptr : &seen.back(); }
  bool operator==(const OwnTokens&) const = default;
};

/// The keys that API servers accept: GET /openid/v1/jwks.
struct KeySet {
  std::vector<std::string> signers;  ///< SignerName of each; at most 20
  /// They may not be read, or there are none to be read (the issuer is no URL).
  std::string unknown;
  bool operator==(const KeySet&) const = default;
};

/// ConfigMap kube-root-ca.crt of a namespace.
struct AuthorityBundle {
  Metadata meta;
  /// SHA-256 of each certificate in it, the first 16 digits; sorted, at most 20.
  std::vector<std::string> fingerprints;
  bool operator==(const AuthorityBundle&) const = default;
};

}  // namespace cu::api
