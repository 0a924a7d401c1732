#include "codec/decode/read_upgrade.hpp"

#include <array>

#include "api/labels.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_spec.hpp"
#include "codec/decode/read_status.hpp"

namespace cu::codec {
namespace {

bool KeepRetry(const std::string& annotation) {
  return annotation == api::kRetry;
}

}  // namespace

template <>
Names DroppedMembers<api::ClusterUpgrade>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields"});
  return kNames;
}

template <>
api::ClusterUpgrade Read(const Reader& object) {
  api::ClusterUpgrade upgrade;
  upgrade.meta = ReadMetadata(object["metadata"], KeepRetry);
  upgrade.spec = ReadSpec(object["spec"]);
  upgrade.status = ReadStatus(object["status"]);
  return upgrade;
}

}  // namespace cu::codec
