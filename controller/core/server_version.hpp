#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "kube/calls.hpp"

namespace cu::core {

/// GET /version, asked while wanted: at once, then every 5 minutes.
class ServerVersion {
 public:
  void Want(bool wanted, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  bool Owns(port::CallId id) const { return call_ == id; }
  /// Pre: Owns the event's call.
  void Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  const std::string& text() const { return text_; }  ///< "" while unknown
  /// Counts changes of text() by answers.
  std::uint64_t changes() const { return changes_; }
  kube::Wake wake_at() const;

 private:
  bool wanted_ = false;
  std::optional<port::CallId> call_;
  base::SteadyTime due_ = base::SteadyTime::min();
  std::string text_;
  std::uint64_t changes_ = 0;
};

}  // namespace cu::core
