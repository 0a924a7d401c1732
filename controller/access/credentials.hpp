#pragma once
#include <optional>
#include <string>
#include <utility>

#include "access/secret_source.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace cu::access {

/// The bearer token of this process. Kubelets renew a projected token in its file at 80 % of its
/// life, so the file is read again at most once a minute, ten seconds before that is due, as
/// client-go does; while it cannot be read, the last good token is used.
///
/// Thread:  one.
class Credentials {
 public:
  explicit Credentials(SecretSource token) : token_(std::move(token)) {}

  /// The value of the Authorization header; empty if there is no token to send. `reload` reads the
  /// file at once.
  /// Errors: kUnavailable  the file was never readable, or is empty
  base::Result<std::string> Authorization(base::SteadyTime now, bool reload);

  /// What a JWT says openly, as JSON: all but its signature.
  struct Statement {
    std::string header;
    std::string claims;
  };
  /// Of the token that is sent now, once for each: none if it was taken before or is no JWT.
  std::optional<Statement> TakeStatement() { return std::exchange(statement_, std::nullopt); }

 private:
  SecretSource token_;
  std::string header_;
  std::optional<Statement> statement_;
  base::SteadyTime due_{};
};

}  // namespace cu::access
