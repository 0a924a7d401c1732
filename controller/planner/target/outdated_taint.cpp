#include "planner/target/outdated_taint.hpp"

#include <algorithm>
#include <string>

#include "api/labels.hpp"

namespace cu::planner {
namespace {

/// As the API server makes them: "8-4-4-4-12" hexadecimal digits.
bool IsUid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  constexpr std::string_view kDigits = "0123456789abcdef";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(), [&](char is, char form) {
           return form == 'x' ? kDigits.find(is) != std::string_view::npos : is == form;
         });
}

bool HasForm(const api::Taint& taint) {
  return taint.key == api::kOutdated && taint.effect == api::kPreferNoSchedule;
}

}  // namespace

std::optional<std::size_t> PlaceOfTaint(const api::Node& node, std::string_view owner) {
  const auto found = std::find_if(node.taints.begin(), node.taints.end(), [&](const auto& taint) {
    return !owner.empty() && HasForm(taint) && taint.value == owner;
  });
  return found == node.taints.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - node.taints.begin()));
}

std::string_view OwnerOfTaint(const api::Node& node) {
  const auto found = std::find_if(node.taints.begin(), node.taints.end(), [](const auto& taint) {
    return HasForm(taint) && IsUid(taint.value);
  });
  return found == node.taints.end() ? std::string_view() : std::string_view(found->value);
}

bool ShowsTaint(const api::Node& node) {
  return std::any_of(node.taints.begin(), node.taints.end(), [](const auto& taint) {
    return taint.key == api::kOutdated;
  });
}

bool RepelsPods(const api::Node& node) {
  return std::any_of(node.taints.begin(), node.taints.end(), [](const auto& taint) {
    return taint.effect != api::kPreferNoSchedule;
  });
}

}  // namespace cu::planner
