#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "api/deprecated_apis.hpp"
#include "kube/calls.hpp"

namespace cu::core {

/// Asks an API server which deprecated APIs clients have requested: GET /metrics, of which only
/// those lines are kept, while wanted at once and then every 5 minutes. It is the word of the one
/// server that answers.
class RequestedApis {
 public:
  void Want(bool wanted, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  bool Owns(port::CallId id) const { return call_ == id; }
  /// Pre: Owns the event's call.
  void Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  const api::DeprecatedApis& found() const { return found_; }
  /// Counts changes of found().
  std::uint64_t changes() const { return changes_; }
  kube::Wake wake_at() const;

 private:
  void Finish(api::DeprecatedApis found, base::Now now, kube::Calls& calls);

  bool wanted_ = false;
  std::optional<port::CallId> call_;
  base::SteadyTime due_ = base::SteadyTime::min();  ///< of the next call, or the end of this one
  api::DeprecatedApis reading_;
  api::DeprecatedApis found_;
  std::uint64_t changes_ = 0;
};

}  // namespace cu::core
