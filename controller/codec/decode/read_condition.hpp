#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// The condition of this type in status.conditions; all fields empty if there is none.
struct FoundCondition {
  bool is_true = false;
  bool is_false = false;
  std::string reason;
  std::string message;
  std::optional<base::WallTime> since;
};
FoundCondition FindCondition(const Reader& conditions, std::string_view type);

/// "Reason: message", or the reason alone.
std::string WithMessage(const std::string& reason, const std::string& message);

}  // namespace cu::codec
