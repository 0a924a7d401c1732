#include "codec/decode/read_volumes.hpp"

#include <array>

#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::VolumeAttachment>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "inlineVolumeSpec"});
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
Names DroppedMembers<api::PersistentVolume>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "csi", "volumeAttributes"});
  return kNames;
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
