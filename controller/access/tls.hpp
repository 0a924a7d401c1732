#pragma once
#include <optional>
#include <string>

#include "access/cluster_access.hpp"
#include "base/result.hpp"

struct ssl_ctx_st;

namespace cu::access {

/// Makes `context` trust `sources.authority` and nothing else, present the client certificate if
/// there is one, and speak TLS 1.2 or newer. An authority that is itself an intermediate is trusted
/// as it is, as Go's clients do. When a handshake is given up by us, the reason is written to
/// `refusal`, which outlives every connection made with `context`.
/// Errors: kUnavailable  a file cannot be read;  kInvalid  a text is not PEM of its kind
std::optional<base::Error> PrepareTls(ssl_ctx_st* context,
                                      const TlsSources& sources,
                                      std::string* refusal);

}  // namespace cu::access
