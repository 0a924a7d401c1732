#include "codec/decode/read_upgrade.hpp"

#include <array>
#include <utility>

#include "api/labels.hpp"
#include "base/text.hpp"
#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_spec.hpp"
#include "codec/decode/read_status.hpp"

namespace cu::codec {
namespace {

constexpr std::size_t kLongestRetry = 256;

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
  // It goes into the status.
  for (auto& [name, value] : upgrade.meta.annotations) {
    value = base::Cut(std::move(value), kLongestRetry);
  }
  upgrade.spec = ReadSpec(object["spec"]);
  upgrade.status = ReadStatus(object["status"]);
  return upgrade;
}

}  // namespace cu::codec
