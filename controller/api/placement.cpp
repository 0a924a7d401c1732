#include "api/placement.hpp"

#include <algorithm>
#include <charconv>

namespace cu::api {
namespace {

std::optional<long long> NumberOf(const std::string& text) {
  long long number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

bool Holds(const NodeRequirement& requirement, const std::string* value) {
  const auto among = [&] {
    return value != nullptr &&
           std::find(requirement.values.begin(), requirement.values.end(), *value) !=
               requirement.values.end();
  };
  const auto compare = [&](auto order) {
    if (value == nullptr || requirement.values.size() != 1) {
      return false;
    }
    const auto left = NumberOf(*value);
    const auto right = NumberOf(requirement.values.front());
    return left && right && order(*left, *right);
  };
  switch (requirement.op) {
    case NodeOperator::kIn:
      return among();
    case NodeOperator::kNotIn:
      return !among();
    case NodeOperator::kExists:
      return value != nullptr;
    case NodeOperator::kDoesNotExist:
      return value == nullptr;
    case NodeOperator::kGt:
      return compare(std::greater<>());
    case NodeOperator::kLt:
      return compare(std::less<>());
  }
  return false;
}

}  // namespace

bool NodeTerm::Matches(const std::string& node, const StringMap& node_labels) const {
  const auto label_holds = [&](const NodeRequirement& requirement) {
    const auto found = node_labels.find(requirement.key);
    return Holds(requirement, found == node_labels.end() ? nullptr : &found->second);
  };
  const auto field_holds = [&](const NodeRequirement& requirement) {
    return Holds(requirement, requirement.key == "metadata.name" ? &node : nullptr);
  };
  return !(labels.empty() && fields.empty()) &&
         std::all_of(labels.begin(), labels.end(), label_holds) &&
         std::all_of(fields.begin(), fields.end(), field_holds);
}

bool Placement::Fits(const std::string& node, const StringMap& node_labels) const {
  const bool selected =
      std::all_of(node_selector.begin(), node_selector.end(), [&](const auto& wanted) {
        const auto found = node_labels.find(wanted.first);
        return found != node_labels.end() && found->second == wanted.second;
      });
  return selected &&
         (!required || std::any_of(required->begin(), required->end(), [&](const auto& term) {
           return term.Matches(node, node_labels);
         }));
}

}  // namespace cu::api
