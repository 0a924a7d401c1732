#pragma once
#include <cstdint>
#include <optional>

#include "api/cluster_keys.hpp"
#include "kube/calls.hpp"

namespace cu::core {

/// GET /openid/v1/jwks, asked while wanted: at once, then every minute. It is the word of the one
/// server that answers.
class KeySetReader {
 public:
  void Want(bool wanted, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  bool Owns(port::CallId id) const { return call_ == id; }
  /// Pre: Owns the event's call.
  void Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  /// Null before the first answer.
  const api::KeySet* keys() const { return keys_ ? &*keys_ : nullptr; }
  /// Counts changes of keys().
  std::uint64_t changes() const { return changes_; }
  kube::Wake wake_at() const;

 private:
  bool wanted_ = false;
  std::optional<port::CallId> call_;
  base::SteadyTime due_ = base::SteadyTime::min();
  std::optional<api::KeySet> keys_;
  std::uint64_t changes_ = 0;
};

}  // namespace cu::core
