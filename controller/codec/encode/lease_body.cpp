#include "codec/encode/lease_body.hpp"

#include <utility>

#include "codec/json.hpp"

namespace cu::codec {

std::string LeaseBody(const LeaseBodyInput& input) {
  Json metadata = {{"name", input.name}, {"namespace", input.ns}};
  if (!input.resource_version.empty()) {
    metadata["resourceVersion"] = input.resource_version;
  }
  Json spec = {{"acquireTime", base::FormatMicroTime(input.acquired)},
               {"renewTime", base::FormatMicroTime(input.renewed)},
               {"leaseTransitions", input.transitions},
               {"leaseDurationSeconds", input.duration_seconds}};
  if (!input.holder.empty()) {
    spec["holderIdentity"] = input.holder;
  }
  return Dump({{"apiVersion", "coordination.k8s.io/v1"},
               {"kind", "Lease"},
               {"metadata", std::move(metadata)},
               {"spec", std::move(spec)}});
}

}  // namespace cu::codec
