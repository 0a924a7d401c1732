#include "codec/decode/read_lease.hpp"

#include <array>

#include "codec/decode/read_metadata.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Lease>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields"});
  return kNames;
}

template <>
api::Lease Read(const Reader& object) {
  api::Lease lease;
  lease.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader spec = object["spec"];
  lease.holder = spec["holderIdentity"].Text();
  lease.renew_time = spec["renewTime"].Text();
  lease.transitions = spec["leaseTransitions"].Integer();
  return lease;
}

}  // namespace cu::codec
