#pragma once
#include <algorithm>
#include <chrono>

#include "base/check.hpp"

namespace cu::base {

/// A pause that doubles with every failure in a row, up to a limit. Without jitter: whoever sends
/// draws it (kube::Calls::After, core::RetryTable).
struct Backoff {
  std::chrono::milliseconds first;
  std::chrono::milliseconds most;

  /// The pause after `failures` others: 0 gives `first`. Pre: failures >= 0.
  constexpr std::chrono::milliseconds After(int failures) const {
    CU_CHECK(failures >= 0);
    std::chrono::milliseconds pause = first;
    for (int i = 0; i < failures && pause < most; ++i) {
      pause *= 2;
    }
    return std::min(pause, most);
  }
};

}  // namespace cu::base
