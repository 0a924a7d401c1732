#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/histogram.hpp"

namespace cu::kube {

/// What was asked of the API server during one process life. Counters only grow.
struct CallStats {
  struct Key {
    std::string method;  ///< "GET", "POST", "PUT", "DELETE", "PATCH"
    std::string code;    ///< "200", …; kNoAnswer where no answer came
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, std::uint64_t> requests;  ///< a repeat after 401 and a watch count as well
  /// By method; watches are not counted. Bounds: those of client-go's request duration.
  std::map<std::string, base::Histogram> seconds;
  /// How far our wall clock is ahead of the API server's; none before the first answer.
  std::optional<double> clock_ahead_seconds;
};

/// Stands for the HTTP code of a call that was not answered, as in client-go's metrics.
inline constexpr const char* kNoAnswer = "<error>";

}  // namespace cu::kube
