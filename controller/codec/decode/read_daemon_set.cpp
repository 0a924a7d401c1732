#include "codec/decode/read_daemon_set.hpp"

#include <array>

#include "codec/decode/read_metadata.hpp"
#include "codec/decode/read_placement.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::DaemonSet>() {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"managedFields", "containers", "initContainers", "volumes", "tolerations"});
  return kNames;
}

template <>
api::DaemonSet Read(const Reader& object) {
  return {ReadMetadata(object["metadata"], KeepNone),
          ReadPlacement(object["spec"]["template"]["spec"])};
}

}  // namespace cu::codec
