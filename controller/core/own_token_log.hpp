#pragma once
#include <optional>
#include <vector>

#include "api/cluster_keys.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "kube/calls.hpp"
#include "port/port.hpp"

namespace cu::core {

/// The service-account tokens that this process has used, by what they say of themselves, and
/// whether API servers take them. One line in the log when they are refused, and one when they are
/// taken again; at most one such pair a minute.
class OwnTokenLog {
 public:
  /// Tokens that are not a kubelet's, or that cannot be read, are passed over.
  void Handle(const port::TokenRead& read);
  /// After all events of a batch.
  void Serve(const kube::Calls& calls, base::Now now);

  const api::OwnTokens& tokens() const { return tokens_; }
  /// Since when they are refused, by the wall clock; none while they are taken.
  std::optional<base::WallTime> refused_since() const { return refused_since_; }
  /// Counts changes of both.
  std::uint64_t changes() const { return changes_; }
  std::vector<base::LogRecord> TakeLogs() { return std::exchange(logs_, {}); }

 private:
  void NoteRefused(base::Now now);

  api::OwnTokens tokens_;
  std::optional<api::TokenClaims> sent_;  ///< the one that is sent now
  std::optional<base::WallTime> refused_since_;
  std::optional<base::SteadyTime> last_told_;
  bool told_ = false;  ///< of the refusal that goes on
  std::uint64_t changes_ = 0;
  std::vector<base::LogRecord> logs_;
};

}  // namespace cu::core
