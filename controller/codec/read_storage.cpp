#include <array>

#include "codec/read.hpp"

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

template <>
Names DroppedMembers<api::VolumeAttachment>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "inlineVolumeSpec"});
  return kNames;
}

template <>
Names DroppedMembers<api::PersistentVolume>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "csi", "volumeAttributes"});
  return kNames;
}

template <>
api::VolumeAttachment Read(const Reader& object) {
  api::VolumeAttachment attachment;
  attachment.meta = ReadMetadata(object["metadata"], KeepNone);
  attachment.node = object["spec"]["nodeName"].Text();
  attachment.volume = object["spec"]["source"]["persistentVolumeName"].Text();
  return attachment;
}

template <>
api::PersistentVolume Read(const Reader& object) {
  api::PersistentVolume volume;
  volume.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader spec = object["spec"];
  const std::string claim = spec["claimRef"]["name"].Text();
  volume.claim = claim.empty() ? "" : spec["claimRef"]["namespace"].Text() + "/" + claim;
  if (const Reader required = spec["nodeAffinity"]["required"]; required.present()) {
    volume.placement.required = ReadNodeTerms(required);
  }
  return volume;
}

}  // namespace cu::codec
