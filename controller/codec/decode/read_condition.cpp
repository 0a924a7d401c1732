#include "codec/decode/read_condition.hpp"

#include "base/text.hpp"

namespace cu::codec {

FoundCondition FindCondition(const Reader& conditions, std::string_view type) {
  for (const Reader& item : conditions.Items()) {
    if (item["type"].Text() == type) {
      const std::string status = item["status"].Text();
      return {status == "True",
              status == "False",
              item["reason"].Text(),
              item["message"].Text(),
              item["lastTransitionTime"].Time()};
    }
  }
  return {};
}

std::string WithMessage(const std::string& reason, const std::string& message) {
  constexpr std::size_t kMost = 512;
  return base::Cut(message.empty() ? reason : reason + ": " + message, kMost);
}

}  // namespace cu::codec
