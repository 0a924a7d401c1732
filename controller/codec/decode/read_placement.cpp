#include "codec/decode/read_placement.hpp"

#include <array>

namespace cu::codec {
namespace {

std::vector<api::NodeRequirement> ReadRequirements(const Reader& list) {
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
      requirements.push_back({item["key"].Text(), *op, item["values"].Texts()});
    }
  }
  return requirements;
}

}  // namespace

std::vector<api::NodeTerm> ReadNodeTerms(const Reader& node_selector) {
  std::vector<api::NodeTerm> terms;
  for (const Reader& item : node_selector["nodeSelectorTerms"].Items()) {
    terms.push_back(
        {ReadRequirements(item["matchExpressions"]), ReadRequirements(item["matchFields"])});
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
