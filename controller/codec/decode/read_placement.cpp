#include "codec/decode/read_placement.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "base/memory_use.hpp"

namespace cu::codec {
namespace {

/// `bytes`: what was kept of all terms so far.
std::vector<api::NodeRequirement> ReadRequirements(const Reader& list, std::size_t& bytes) {
  static constexpr auto kOperators = std::to_array<std::pair<std::string_view, api::NodeOperator>>(
      {{"In", api::NodeOperator::kIn},
       {"NotIn", api::NodeOperator::kNotIn},
       {"Exists", api::NodeOperator::kExists},
       {"DoesNotExist", api::NodeOperator::kDoesNotExist},
       {"Gt", api::NodeOperator::kGt},
       {"Lt", api::NodeOperator::kLt}});
  std::vector<api::NodeRequirement> requirements;
  for (const Reader& item : list.Items()) {
    if (const auto op = item["operator"].RequiredChoice(kOperators)) {
      api::NodeRequirement requirement{item["key"].Text(), *op, item["values"].Texts()};
      if (!list.Fits(bytes, requirement.key.size() + base::BytesOf(requirement.values))) {
        break;
      }
      requirements.push_back(std::move(requirement));
    }
  }
  return requirements;
}

}  // namespace

std::vector<api::NodeTerm> ReadNodeTerms(const Reader& node_selector) {
  std::vector<api::NodeTerm> terms;
  std::size_t bytes = 0;
  for (const Reader& item : node_selector["nodeSelectorTerms"].Items()) {
    if (!node_selector.Fits(bytes, 0)) {
      break;
    }
    terms.push_back({ReadRequirements(item["matchExpressions"], bytes),
                     ReadRequirements(item["matchFields"], bytes)});
  }
  return terms;
}

api::Placement ReadPlacement(const Reader& spec) {
  api::Placement placement;
  placement.node_selector = spec["nodeSelector"].Map();
  const Reader required =
      spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  if (required.present()) {
    placement.required = ReadNodeTerms(required);
  }
  return placement;
}

}  // namespace cu::codec
