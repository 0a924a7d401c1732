#include "codec/decode/read_lease.hpp"

#include <array>
#include <limits>

#include "codec/decode/read_metadata.hpp"

namespace cu::codec {
namespace {

constexpr int kMost = std::numeric_limits<int>::max();

}  // namespace

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
  lease.duration_seconds = spec["leaseDurationSeconds"].Int(0, 0, kMost);
  return lease;
}

}  // namespace cu::codec
