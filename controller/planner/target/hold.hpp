#pragma once
#include <optional>
#include <string>
#include <utility>

#include "api/reasons.hpp"
#include "base/time.hpp"

namespace cu::planner {

/// Why nothing moves, or nothing new is started: the one shape for it.
struct Hold {
  enum class Kind {
    kPassing,      ///< it can pass by itself: Reconciling
    kNeedsPerson,  ///< a person is needed: Stalled
    kPaused        ///< a person wants it so: neither
  };
  api::HoldReason reason = api::HoldReason::kPending;
  std::string message;  ///< to which object, and what to do
  Kind kind = Kind::kPassing;
  /// It may differ then though nothing else has changed.
  std::optional<base::SteadyTime> wake_at = {};

  static Hold Passing(api::HoldReason reason, std::string message) {
    return {reason, std::move(message), Kind::kPassing};
  }
  static Hold NeedsPerson(api::HoldReason reason, std::string message) {
    return {reason, std::move(message), Kind::kNeedsPerson};
  }
  static Hold Paused(std::string message) {
    return {api::HoldReason::kPaused, std::move(message), Kind::kPaused};
  }
};

}  // namespace cu::planner
